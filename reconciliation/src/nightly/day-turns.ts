import { type Snapshot } from '../lake/manifest.ts'
import { type Rules } from '../rules.ts'
import { dueDate, openDays, staleDays } from './days.ts'

export interface TurnLimits {
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

interface Turn {
  readonly sinceMs: number
  attempts: number
  notBeforeMs: number
}

/** Whose turn it is: which day is tried next, how often, and how long it may wait. */
export class DayTurns {
  readonly #limits: TurnLimits
  readonly #turns = new Map<string, Turn>()
  /** Days that have never been reconciled. */
  #open: ReadonlySet<string> = new Set()
  #dueDate = ''
  #againNotBeforeMs = -Infinity

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /**
   * The days that may be tried now: those never reconciled, the oldest first, then those that have had more since. A day
   * that was tried often enough rests until the next day is over.
   */
  candidates(snapshot: Snapshot, rules: Rules, nowMs: number): string[] {
    const due = dueDate(nowMs, this.#limits.after)
    if (due !== this.#dueDate) this.#turns.clear()
    this.#dueDate = due
    const open = openDays(snapshot, due)
    this.#open = new Set(open)
    const stale = nowMs >= this.#againNotBeforeMs ? staleDays(snapshot, rules) : []
    return [...open, ...stale].filter((date) => {
      const turn = this.#turnOf(date, nowMs)
      return turn.attempts < this.#limits.attempts && nowMs >= turn.notBeforeMs
    })
  }

  /** Whether a day may wait for streams that are behind. */
  isPatient(date: string, nowMs: number): boolean {
    return nowMs - this.#turnOf(date, nowMs).sinceMs < this.#limits.patience
  }

  begin(date: string, nowMs: number): void {
    const turn = this.#turnOf(date, nowMs)
    turn.attempts += 1
    turn.notBeforeMs = nowMs + this.#limits.retry
  }

  /** Notes that a day was published. */
  end(date: string, nowMs: number): void {
    if (!this.#open.has(date)) this.#againNotBeforeMs = nowMs + this.#limits.again
    this.#turns.delete(date)
  }

  #turnOf(date: string, nowMs: number): Turn {
    let turn = this.#turns.get(date)
    if (turn === undefined) this.#turns.set(date, (turn = { sinceMs: nowMs, attempts: 0, notBeforeMs: nowMs }))
    return turn
  }
}
