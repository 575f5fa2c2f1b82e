import { setTimeout as sleep } from 'node:timers/promises'
import { Span, type Snapshot } from './snapshot.ts'

/** How often samples are taken while somebody asks, and otherwise. */
const ASKED_EVERY_MS = 2_000
const QUIET_EVERY_MS = 10_000
/** Without a request for this time nobody is looking. */
const QUIET_AFTER_MS = 30_000
/** What rates, and what distributions are taken over. */
const RATE_SPAN_MS = 10_000
const DISTRIBUTION_SPAN_MS = 60_000
/** A sample older than this is not an answer. */
const FRESH_MS = 2 * ASKED_EVERY_MS
/** Nothing is compared with a sample older than this: the process may have been stopped for hours. */
const COMPARED_MS = DISTRIBUTION_SPAN_MS + 2 * QUIET_EVERY_MS

/** What the platform did in the last ten seconds, and in the last minute. */
export interface Recent {
  readonly rates: Span
  readonly distributions: Span
}

/** Samples of the platform: a minute of them is always there, so that whoever asks first has rates, too. */
export class Sampler {
  readonly #take: () => Promise<Snapshot>
  #samples: Snapshot[] = []
  #askedMs = -Infinity
  #sampling: Promise<void> | undefined

  /** @param take never throws, and takes a bounded time. */
  constructor(take: () => Promise<Snapshot>) {
    this.#take = take
  }

  /** Takes samples until the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look()
      await sleep(ASKED_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Takes a sample where one is due. */
  async look(): Promise<void> {
    const isAsked = performance.now() - this.#askedMs < QUIET_AFTER_MS
    if (isAsked || this.#ageMs() >= QUIET_EVERY_MS) await this.#sample()
  }

  /** The newest sample and those before it; waits for a new one when the newest is old. */
  async recent(): Promise<Recent> {
    this.#askedMs = performance.now()
    if (this.#ageMs() > FRESH_MS) await this.#sample()
    const now = this.#samples.at(-1)
    if (now === undefined) throw new Error('no sample was taken')
    return { rates: this.#since(now, RATE_SPAN_MS), distributions: this.#since(now, DISTRIBUTION_SPAN_MS) }
  }

  #ageMs(): number {
    return performance.now() - (this.#samples.at(-1)?.monotonicMs ?? -Infinity)
  }

  /** Over at least the span, or as much of it as there is. */
  #since(now: Snapshot, spanMs: number): Span {
    const before =
      this.#samples.findLast(({ monotonicMs }) => monotonicMs <= now.monotonicMs - spanMs) ?? this.#samples[0]
    return new Span(now, before === now ? undefined : before)
  }

  /** One sample at a time: whoever asks meanwhile waits for that one. */
  async #sample(): Promise<void> {
    this.#sampling ??= this.#add().finally(() => (this.#sampling = undefined))
    return this.#sampling
  }

  async #add(): Promise<void> {
    const sample = await this.#take()
    this.#samples = [
      ...this.#samples.filter(({ monotonicMs }) => monotonicMs >= sample.monotonicMs - COMPARED_MS),
      sample,
    ]
  }
}
