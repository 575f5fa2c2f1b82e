import { seconds } from '@fintech-streams/contracts'
import { type RatePlan } from './model/hours.ts'
import { type Batch, emptyBatch, type TransactionStream } from './model/stream.ts'

/** Transactions written together at most. */
export const GROUP_MAX = 1_000
/** A live run that falls further behind its plan gives up what it missed, instead of making up for it in a burst. */
export const LAG_MAX_MS = seconds(5)
/** The longest sleep, so that a stop and a progress line do not wait for a transaction that is far away. */
const NAP_MAX_MS = 250

export interface Clock {
  now: () => number
  /** Returns early when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface ProduceOptions {
  stream: TransactionStream
  /** Undefined: as fast as it can. */
  plan: RatePlan | undefined
  clock: Clock
  /** Writes a batch; batches come in order of event time, the next one after this one is committed. */
  write: (batch: Batch) => Promise<void>
  /** Told before each batch and each nap whether history is being written. */
  follow: (phase: Progress['phase']) => Promise<void>
  signal: AbortSignal
  /** Every row carries the time that the plan gives it, so that the same plan gives the same rows. */
  isReproducible: boolean
  /** From the first live transaction on; in a reproducible run from the start time on. */
  durationMs: number | undefined
  startMs: number
  /** Stops after this many transactions. */
  count: number
  /** Called after each batch and each nap. */
  observe: (state: Progress) => void
}

export interface Progress {
  /** `history` until the plan has caught up with the clock. */
  phase: 'history' | 'live'
  written: number
  fraudulent: number
  /** Of the plan, given up because the run was too far behind. */
  skipped: number
  /** Event time of the last transaction written. */
  lastEventMs: number
  /** How long the next transaction has been due. */
  lagMs: number
}

/**
 * Makes transactions as their time comes and writes them, until it is stopped or done. What is due already (history) is
 * written as fast as possible with the time that it was due; once it has caught up, each row carries the time at which
 * it is made, because latency is measured from there. The last batch is committed when this returns.
 */
export async function produce(options: ProduceOptions): Promise<Progress> {
  const run = new Run(options)
  while (!run.isOver()) {
    const batch = run.nextBatch()
    await options.follow(run.progress.phase)
    if (batch.changes.length > 0) await run.write(batch)
    else await run.nap()
  }
  await run.finish()
  return run.progress
}

class Run {
  readonly #options: ProduceOptions
  readonly progress: Progress
  #endMs = Infinity
  #made = 0
  #lastMs: number

  constructor(options: ProduceOptions) {
    this.#options = options
    this.#lastMs = options.plan?.dueMs ?? options.clock.now()
    this.progress = { phase: 'history', written: 0, fraudulent: 0, skipped: 0, lastEventMs: this.#lastMs, lagMs: 0 }
    if (options.isReproducible) this.#endMs = options.startMs + (options.durationMs ?? Infinity)
    const hasHistory = options.plan !== undefined && (options.isReproducible || options.plan.dueMs < options.startMs)
    if (!hasHistory) this.#goLive(options.startMs)
  }

  isOver(): boolean {
    const { signal, count, plan, clock } = this.#options
    return signal.aborted || this.#made >= count || (plan?.dueMs ?? clock.now()) >= this.#endMs
  }

  /** What is due now, up to a group; empty when nothing is. */
  nextBatch(): Batch {
    const { stream, plan, clock, count } = this.#options
    const batch = emptyBatch()
    const nowMs = clock.now()
    if (plan !== undefined) this.#keepUp(plan, nowMs)
    while (batch.changes.length < GROUP_MAX && this.#made < count) {
      if (plan !== undefined && (plan.dueMs > nowMs || plan.dueMs >= this.#endMs)) break
      const dueMs = plan?.take()
      const isLive = this.progress.phase === 'live' && !this.#options.isReproducible
      // A clock that is set back must not turn the event time back.
      this.#lastMs = Math.max(this.#lastMs, isLive || dueMs === undefined ? clock.now() : dueMs)
      stream.next(this.#lastMs, batch)
      this.#made += 1
    }
    return batch
  }

  async write(batch: Batch): Promise<void> {
    await this.#options.write(batch)
    const { progress } = this
    progress.written += batch.changes.length
    progress.fraudulent += batch.changes.filter(({ typology }) => typology !== null).length
    progress.lastEventMs = batch.changes.at(-1)?.transaction.createdAtMs ?? progress.lastEventMs
    this.#observe()
  }

  async nap(): Promise<void> {
    const { plan, clock, signal } = this.#options
    const untilDueMs = plan === undefined ? 0 : plan.dueMs - clock.now()
    await clock.sleep(Math.min(Math.max(untilDueMs, 1), NAP_MAX_MS), signal)
    this.#observe()
  }

  /** Ends what is open in the model. */
  async finish(): Promise<void> {
    const batch = emptyBatch()
    this.#options.stream.finish(batch)
    if (batch.sessions.length > 0) await this.#options.write(batch)
  }

  #keepUp(plan: RatePlan, nowMs: number): void {
    if (this.progress.phase === 'history' && plan.dueMs >= Math.min(nowMs, this.#endMs)) this.#goLive(nowMs)
    if (this.progress.phase === 'history' || this.#options.isReproducible) return
    while (plan.dueMs < nowMs - LAG_MAX_MS && plan.dueMs < this.#endMs) {
      plan.take()
      this.progress.skipped += 1
    }
  }

  #goLive(fromMs: number): void {
    const { isReproducible, durationMs } = this.#options
    this.progress.phase = 'live'
    if (!isReproducible && durationMs !== undefined) this.#endMs = fromMs + durationMs
  }

  #observe(): void {
    const { plan, clock, observe } = this.#options
    this.progress.lagMs = plan === undefined ? 0 : Math.max(0, clock.now() - plan.dueMs)
    observe(this.progress)
  }
}
