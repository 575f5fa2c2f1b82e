import { formatInstant, SECOND_MS, seconds } from '@fintech-streams/contracts'
import { type RatePlan } from './model/hours.ts'
import { type Progress } from './produce.ts'

const INTERVAL_MS = seconds(10)

/** Prints a line about the run's progress every ten seconds, and one at its end. */
export class ProgressLines {
  readonly #plan: RatePlan | undefined
  readonly #print: (line: string) => void
  readonly #beganMs: number
  #lineMs: number
  #lineWritten = 0
  #linePhase: Progress['phase'] | undefined

  constructor(plan: RatePlan | undefined, print: (line: string) => void, nowMs: number) {
    this.#plan = plan
    this.#print = print
    this.#beganMs = nowMs
    this.#lineMs = nowMs
  }

  observe(state: Progress, nowMs: number): void {
    this.#linePhase ??= state.phase
    const isNewPhase = state.phase !== this.#linePhase
    if (nowMs - this.#lineMs < INTERVAL_MS && !isNewPhase) return
    if (nowMs > this.#lineMs) this.#print(this.#line(state, nowMs))
    this.#lineMs = nowMs
    this.#lineWritten = state.written
    this.#linePhase = state.phase
  }

  total({ written, fraudulent, skipped, lastEventMs }: Progress, nowMs: number): void {
    const took = (nowMs - this.#beganMs) / SECOND_MS
    const missed = skipped === 0 ? '' : `, ${count(skipped)} of the plan given up`
    const until = written === 0 ? '' : `, the last one of ${formatInstant(lastEventMs)}`
    const perSecond = rate(written / Math.max(took, 0.001))
    this.#print(
      `total: ${count(written)} transactions (${count(fraudulent)} fraudulent) in ${took.toFixed(1)} s, ${perSecond}${missed}${until}`,
    )
  }

  #line(state: Progress, nowMs: number): string {
    const perSecond = SECOND_MS / (nowMs - this.#lineMs)
    const achieved = (state.written - this.#lineWritten) * perSecond
    const rows = `${count(state.written)} transactions (${count(state.fraudulent)} fraudulent)`
    if (this.#linePhase === 'history' && this.#plan !== undefined) {
      return `history: ${rows} up to ${formatInstant(state.lastEventMs)}, ${rate(achieved)}`
    }
    if (this.#plan === undefined) return `live: ${rows}, ${rate(achieved)}`
    const planned = rate(this.#plan.expectedCount(this.#lineMs, nowMs) * perSecond)
    const missed = state.skipped === 0 ? '' : `, ${count(state.skipped)} given up`
    return `live: ${rows}, plan ${planned}, achieved ${rate(achieved)}, ${(state.lagMs / SECOND_MS).toFixed(1)} s behind${missed}`
  }
}

const count = (n: number): string => n.toLocaleString('en-US')
const rate = (perSecond: number): string => `${perSecond < 100 ? perSecond.toFixed(1) : count(Math.round(perSecond))}/s`
