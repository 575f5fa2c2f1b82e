import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { type TopicPosition, partitionName } from '@fintech-streams/records'
import { type Logger, OperatingError } from '@fintech-streams/service'
import { type ConsumerStatus } from './consumer-status.ts'
import { type OnRecreatedTopic, type ReadRecords, Subscription } from './subscription.ts'
import { type TopicLog } from './topic-log.ts'

const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 5_000
/** A broker may hold a fetch back for as long as records may wait, within these bounds. */
const FETCH_WAIT_MIN_MS = 100
const FETCH_WAIT_MAX_MS = 1_000
const MAINTAIN_EVERY_MS = 10_000
/** How often to look where the log ends, while no fetch tells it. */
const WATCH_EVERY_MS = 5_000
/**
 * A batch takes at most this part of the heap. The limit that V8 tells has its young generation in it, which may be larger than
 * what it was given for the rest; the batch before may be there still, and a character may take two bytes.
 */
const HEAP_SHARE = 1 / 16

/** What one write brings to the store. */
export interface ConsumerBatch {
  /** What it holds in memory, about. */
  readonly bytes: number
  /**
   * Takes the records of a partition, in order; there may be none. No record makes it fail: one that cannot be used is
   * counted and set aside.
   */
  add(part: ReadRecords): void
}

/** Keeps the results and the positions that they reach. After an error it is opened again. */
export interface ConsumerStore<B> {
  /**
   * Waits until nobody else writes, as long as the store is open.
   * @param onWait is called once when somebody does.
   * @returns false when the signal came first.
   */
  acquire(signal: AbortSignal, onWait: () => void): Promise<boolean>
  /** @throws the reason when somebody else may write. */
  assertAlive(): void
  /** Where reading goes on. Only after `acquire`. */
  positions(): Promise<readonly TopicPosition[]>
  /** The batch and how far it goes: all of both, or nothing. */
  write(batch: B, positions: readonly TopicPosition[]): Promise<void>
  /** One step of what keeps the store small and quick. @returns whether there is more to do at once. */
  maintain?(): Promise<boolean>
  close(): Promise<void>
}

export interface ConsumerLimits {
  /** Soft limit of a batch's records: the last fetch may exceed it. */
  readonly records: number
  /** Upper bound of a batch's memory; a sixteenth of the heap is another. */
  readonly bytes?: number
  /** Records wait at most this long for others to share their write. */
  readonly intervalMs: number
  /** Interval of writes when there are no records; by default there are none. */
  readonly idleIntervalMs?: number
}

export interface ConsumerOptions<B extends ConsumerBatch, S extends ConsumerStore<B>> {
  /** Names it in its log and its errors. */
  readonly name: string
  readonly topics: readonly string[]
  readonly log: () => TopicLog
  readonly store: () => Promise<S>
  readonly batch: (store: S) => B
  readonly limits: ConsumerLimits
  readonly onRecreatedTopic: OnRecreatedTopic
  readonly status: ConsumerStatus
  readonly logger: Logger
  /** It ends when everything that was there has been written. */
  readonly untilCaughtUp?: boolean
}

/**
 * Reads topics on from the positions in its store and writes there what they bring, until the signal; then what was read is
 * written first. The store's writes decide what is done, so that each record takes effect exactly once where the store
 * writes records and positions together. Whatever fails, everything in memory is thrown away and it begins again
 * from the store, with pauses that grow as long as nothing can be written.
 * @throws OperatingError whose `canRetry` is false: for a refused password, a topic that must not be another one.
 */
export async function runConsumer<B extends ConsumerBatch, S extends ConsumerStore<B>>(
  options: ConsumerOptions<B, S>,
  signal: AbortSignal,
): Promise<void> {
  const { status, logger, limits } = options
  const ended = new AbortController()
  status.starts(limits.intervalMs)
  const watching = watch(options, AbortSignal.any([signal, ended.signal]))
  let failures = 0
  try {
    while (!signal.aborted) {
      try {
        return await oneSession(options, signal, () => (failures = 0))
      } catch (error) {
        if (error instanceof OperatingError && !error.canRetry) throw error
        const retryMs = Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS)
        failures += 1
        status.failed(error)
        logger.warn({ err: error, retryMs }, 'starting over')
        await sleep(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  } finally {
    ended.abort()
    await watching
  }
}

async function oneSession<B extends ConsumerBatch, S extends ConsumerStore<B>>(
  options: ConsumerOptions<B, S>,
  signal: AbortSignal,
  onWritten: () => void,
): Promise<void> {
  const { name, status, logger } = options
  const store = await options.store()
  const log = options.log()
  try {
    const isOurs = await store.acquire(signal, () => {
      status.waits(`another ${name} writes`)
      logger.warn(`another ${name} writes, waiting for it`)
    })
    if (!isOurs) return
    const subscription = new Subscription({ ...options, log, stored: await store.positions() })
    await subscription.look()
    status.reads()
    logger.info({ partitions: subscription.positions.length }, 'reading')
    await new Session(options, store, subscription, onWritten).pump(signal)
  } finally {
    await Promise.allSettled([log.close(), store.close()])
  }
}

/** What is known as long as the log, the store and its lock last. */
class Session<B extends ConsumerBatch, S extends ConsumerStore<B>> {
  readonly #options: ConsumerOptions<B, S>
  readonly #store: S
  readonly #subscription: Subscription
  readonly #onWritten: () => void
  readonly #bytesMax: number
  readonly #fetchWaitMs: number
  #batch: B
  /** What the batch moves on, by partition. */
  readonly #moved = new Map<string, TopicPosition>()
  readonly #records = new Map<string, number>()
  #writtenMs = -Infinity
  #maintainMs = performance.now() + MAINTAIN_EVERY_MS

  constructor(options: ConsumerOptions<B, S>, store: S, subscription: Subscription, onWritten: () => void) {
    this.#options = options
    this.#store = store
    this.#subscription = subscription
    this.#onWritten = onWritten
    this.#batch = options.batch(store)
    this.#bytesMax = bytesMax(options.limits.bytes)
    this.#fetchWaitMs = Math.min(Math.max(options.limits.intervalMs, FETCH_WAIT_MIN_MS), FETCH_WAIT_MAX_MS)
  }

  async pump(signal: AbortSignal): Promise<void> {
    let isDone = false
    while (!signal.aborted && !isDone) {
      this.#store.assertAlive()
      await this.#maintain()
      const isMoved = await this.#read()
      const isCaughtUp = !isMoved && this.#subscription.isCaughtUp
      isDone = isCaughtUp && this.#options.untilCaughtUp === true
      if (isCaughtUp && this.#moved.size === 0) this.#isIdle()
      if (this.#isDue) await this.#write()
    }
    if (this.#moved.size > 0) await this.#write()
  }

  /** With records waiting it takes turns with them, one step each; it goes on at once only while there is more to do. */
  async #maintain(): Promise<void> {
    if (this.#moved.size > 0 || performance.now() < this.#maintainMs) return
    const more = (await this.#store.maintain?.()) ?? false
    this.#maintainMs = performance.now() + (more ? 0 : MAINTAIN_EVERY_MS)
  }

  /** @returns whether there was something to read. */
  async #read(): Promise<boolean> {
    const parts = await this.#subscription.read(this.#waitMs).catch(async (error: unknown) => {
      // A topic that was deleted brings no second time what was read of it.
      if (this.#moved.size > 0) await this.#write()
      throw error
    })
    for (const part of parts) {
      this.#batch.add(part)
      if (!part.isMoved) continue
      this.#moved.set(partitionName(part), part.position)
      this.#records.set(part.topic, (this.#records.get(part.topic) ?? 0) + part.records.length)
    }
    return parts.some(({ isMoved }) => isMoved)
  }

  /** No longer than the records at hand may wait. */
  get #waitMs(): number {
    if (this.#moved.size === 0) return this.#fetchWaitMs
    const leftMs = this.#writtenMs + this.#options.limits.intervalMs - performance.now()
    return leftMs > 0 ? Math.min(leftMs, this.#fetchWaitMs) : this.#fetchWaitMs
  }

  get #isDue(): boolean {
    const { records, intervalMs, idleIntervalMs = Infinity } = this.#options.limits
    const waitedMs = performance.now() - this.#writtenMs
    if (waitedMs >= idleIntervalMs) return true
    if (this.#moved.size === 0) return false
    const held = this.#records.values().reduce((sum, n) => sum + n, 0)
    return waitedMs >= intervalMs || held >= records || this.#batch.bytes >= this.#bytesMax
  }

  async #write(): Promise<void> {
    const { status } = this.#options
    const startedMs = performance.now()
    // A sign of life is one of all partitions, those included of which nothing was ever read.
    const positions = this.#moved.size > 0 ? [...this.#moved.values()] : this.#subscription.positions
    await this.#store.write(this.#batch, positions)
    this.#writtenMs = performance.now()
    for (const position of positions) status.progress.written(position, position.offset)
    status.wrote(this.#records, (this.#writtenMs - startedMs) / 1_000)
    this.#onWritten()
    this.#batch = this.#options.batch(this.#store)
    this.#moved.clear()
    this.#records.clear()
  }

  #isIdle(): void {
    this.#options.status.isIdle()
    this.#onWritten()
  }
}

/** How much memory a batch may take in this process. */
export function bytesMax(limit = Infinity, heapBytes = getHeapStatistics().heap_size_limit): number {
  return Math.min(limit, heapBytes * HEAP_SHARE)
}

/** Looks where the log ends while no session does, and says when a partition stands still. */
async function watch(
  { log: openLog, topics, status, logger }: Pick<ConsumerOptions<never, never>, 'log' | 'topics' | 'status' | 'logger'>,
  signal: AbortSignal,
): Promise<void> {
  let wasStuck = false
  while (!signal.aborted) {
    await sleep(WATCH_EVERY_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const isUnseen = status.progress.partitions.length > 0 && status.progress.unseenMs >= WATCH_EVERY_MS
    if (isUnseen) await lookAtEnds(openLog(), topics, status)
    const { stuck } = status
    if (stuck !== undefined && !wasStuck) logger.error(stuck)
    wasStuck = stuck !== undefined
  }
}

/** Without Kafka nobody knows the ends, and the last that were seen stay. */
async function lookAtEnds(log: TopicLog, topics: readonly string[], { progress }: ConsumerStatus): Promise<void> {
  try {
    const found = await log.topics(topics)
    const partitions = progress.partitions.filter(({ topic }) => found.has(topic))
    const bounds = await log.bounds(partitions)
    partitions.forEach((partition, at) => progress.ends(partition, bounds[at]?.end ?? partition.end))
  } catch {
    // The session meets the same error, and says so.
  } finally {
    await log.close().catch(() => undefined)
  }
}
