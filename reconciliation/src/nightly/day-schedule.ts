import { type Snapshot } from '../lake/manifest.ts'
import { type Rules } from '../rules.ts'
import { dueDate, openDays, staleDays } from './days.ts'

export interface DayScheduleLimits {
  /** How long after midnight UTC a day is due, ms. */
  readonly after: number
  /** How long a day that is due may wait for streams that are behind, ms. */
  readonly patience: number
  /** How long after a failure to try again, ms. */
  readonly retry: number
  /** How often a day is tried before the next day is over. */
  readonly attempts: number
  /** How long after a day was reconciled again the next one may be, ms. */
  readonly again: number
}

interface DayAttempts {
  readonly sinceMs: number
  attempts: number
  notBeforeMs: number
}

/** Which day is reconciled next, how often it is tried, and how long it may wait. */
export class DaySchedule {
  readonly #limits: DayScheduleLimits
  readonly #days = new Map<string, DayAttempts>()
  /** Days that have never been reconciled. */
  #open: ReadonlySet<string> = new Set()
  #dueDate = ''
  #againNotBeforeMs = -Infinity

  constructor(limits: DayScheduleLimits) {
    this.#limits = limits
  }

  /**
   * The days that may be tried now: those never reconciled, the oldest first, then those that have had more since. A day
   * that was tried often enough rests until the next day is over.
   */
  candidates(snapshot: Snapshot, rules: Rules, nowMs: number): string[] {
    const due = dueDate(nowMs, this.#limits.after)
    if (due !== this.#dueDate) this.#days.clear()
    this.#dueDate = due
    const open = openDays(snapshot, due)
    this.#open = new Set(open)
    const stale = nowMs >= this.#againNotBeforeMs ? staleDays(snapshot, rules) : []
    return [...open, ...stale].filter((date) => {
      const day = this.#dayOf(date, nowMs)
      return day.attempts < this.#limits.attempts && nowMs >= day.notBeforeMs
    })
  }

  /** Whether a day may wait for streams that are behind. */
  isPatient(date: string, nowMs: number): boolean {
    return nowMs - this.#dayOf(date, nowMs).sinceMs < this.#limits.patience
  }

  begin(date: string, nowMs: number): void {
    const day = this.#dayOf(date, nowMs)
    day.attempts += 1
    day.notBeforeMs = nowMs + this.#limits.retry
  }

  /** Notes that a day was published. */
  end(date: string, nowMs: number): void {
    if (!this.#open.has(date)) this.#againNotBeforeMs = nowMs + this.#limits.again
    this.#days.delete(date)
  }

  #dayOf(date: string, nowMs: number): DayAttempts {
    let day = this.#days.get(date)
    if (day === undefined) this.#days.set(date, (day = { sinceMs: nowMs, attempts: 0, notBeforeMs: nowMs }))
    return day
  }
}
