import { setTimeout as sleep } from 'node:timers/promises'
import { Span, type Snapshot } from './snapshot.ts'

const EVERY_MS = 2_000
/** Without a question for so long nothing is sampled any more. */
const IDLE_MS = 30_000
/** What rates, and what distributions are taken over. */
const RATE_SPAN_MS = 10_000
const DISTRIBUTION_SPAN_MS = 60_000
/** A sample older than this is not an answer. */
const FRESH_MS = 2 * EVERY_MS

/** What the platform did in the last ten seconds, and in the last minute. */
export interface Recent {
  readonly rates: Span
  readonly distributions: Span
}

/** Takes samples of the platform in the background, only while somebody asks. */
export class Sampler {
  readonly #take: () => Promise<Snapshot>
  #samples: Snapshot[] = []
  #askedMs = -Infinity
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #stopping = new AbortController()

  /** @param take never throws, and takes a bounded time. */
  constructor(take: () => Promise<Snapshot>) {
    this.#take = take
  }

  /** The newest sample and those before it; waits for the first one after a pause, or when the newest is old. */
  async recent(): Promise<Recent> {
    this.#askedMs = performance.now()
    this.#running ??= this.#run()
    if (!this.#isFresh()) await this.#next
    const now = this.#samples.at(-1)
    if (now === undefined) throw new Error('no sample was taken')
    return { rates: this.#since(now, RATE_SPAN_MS), distributions: this.#since(now, DISTRIBUTION_SPAN_MS) }
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  #isFresh(): boolean {
    const newest = this.#samples.at(-1)
    return newest !== undefined && performance.now() - newest.monotonicMs <= FRESH_MS
  }

  #since(now: Snapshot, spanMs: number): Span {
    const before = this.#samples.find(({ monotonicMs }) => monotonicMs >= now.monotonicMs - spanMs)
    return new Span(now, before === now ? undefined : before)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted && performance.now() - this.#askedMs < IDLE_MS) {
      this.#next = this.#sample()
      await this.#next
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
    this.#samples = []
    this.#running = undefined
  }

  async #sample(): Promise<void> {
    const sample = await this.#take()
    const oldestMs = sample.monotonicMs - DISTRIBUTION_SPAN_MS
    this.#samples = [...this.#samples.filter(({ monotonicMs }) => monotonicMs >= oldestMs), sample]
  }
}
