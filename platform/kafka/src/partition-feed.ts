import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger } from '@fintech-streams/service'
import { type SourceRecord } from '@fintech-streams/records'
import { type KafkaConnection } from './connection.ts'
import { PartitionReader, type ReadPartition } from './partition-reader.ts'
import { findErrorBy } from '@platformatic/kafka'

/** How long a broker may wait for records, and how long a new partition may wait to be read. */
const FETCH_WAIT_MS = 200
const IDLE_MS = 50
const RETRY_MS = 250

/** What a partition needs from the log to choose its first offset. */
export type OffsetsByTime = Pick<PartitionReader, 'offsetSince' | 'endOffset' | 'firstOffset'>

/** One partition's reader. */
export interface FedPartition {
  readonly partition: number
  /** Where to begin: asked first of all, and again when the log no longer has what was to be read next. */
  startOffset(reader: OffsetsByTime): Promise<number>
  /** Takes committed records in the partition's order. The next are fetched when it is done. */
  apply(records: readonly SourceRecord[]): Promise<void>
  /** All that was committed at this time has been applied. */
  caughtUp(asOfMs: number): void
}

export interface PartitionFeedOptions {
  readonly connection: KafkaConnection
  /** Of the reader, for the brokers. */
  readonly name: string
  readonly topic: string
  /** `fetch.min.bytes`; 1 by default. A broker waits for them up to 200 ms. */
  readonly bytesMin?: number
  readonly logger: Logger
}

/** Reads committed records of one topic's partitions, which may come and go, one request a broker at a time. */
export class PartitionFeed {
  readonly #topic: string
  readonly #bytesMin: number | undefined
  readonly #logger: Logger
  readonly #reader: PartitionReader
  #partitions: readonly FedPartition[] = []
  readonly #offsets = new Map<FedPartition, number>()
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #isFailing = false

  constructor(options: PartitionFeedOptions) {
    this.#topic = options.topic
    this.#bytesMin = options.bytesMin
    this.#logger = options.logger
    this.#reader = new PartitionReader(options.connection, options.name, [options.topic])
  }

  /** Replaces the set of partitions: new ones start, kept ones continue, removed ones stop. */
  read(partitions: readonly FedPartition[]): void {
    this.#partitions = partitions
    for (const partition of this.#offsets.keys()) if (!partitions.includes(partition)) this.#offsets.delete(partition)
    this.#running ??= this.#run()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#reader.close().catch(() => undefined) // A broker that is gone needs no goodbye.
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if (this.#partitions.length === 0) {
        await sleep(IDLE_MS)
        continue
      }
      try {
        await this.#round()
        if (this.#isFailing) this.#logger.info({ topic: this.#topic }, 'reading again')
        this.#isFailing = false
      } catch (error) {
        await this.#failed(error as Error)
      }
    }
  }

  async #round(): Promise<void> {
    for (const partition of this.#partitions) {
      if (this.#offsets.has(partition)) continue
      const offset = await partition.startOffset(this.#reader)
      if (this.#partitions.includes(partition)) this.#offsets.set(partition, offset)
    }
    const positions = [...this.#offsets].map(([{ partition }, offset]) => ({ topic: this.#topic, partition, offset }))
    if (positions.length === 0) return
    const askedAtMs = Date.now()
    for (const answer of await this.#reader.fetch(positions, FETCH_WAIT_MS, this.#bytesMin))
      await this.#take(answer, askedAtMs)
  }

  async #take({ partition, records, nextOffset, endOffset }: ReadPartition, askedAtMs: number): Promise<void> {
    // One that was given up meanwhile, or came back as another, is not this answer's.
    const of = this.#partitions.find((one) => one.partition === partition && this.#offsets.has(one))
    if (of === undefined || this.#stopping.signal.aborted) return
    if (records.length > 0) await of.apply(records)
    if (!this.#offsets.has(of)) return
    this.#offsets.set(of, nextOffset)
    if (nextOffset >= endOffset) of.caughtUp(askedAtMs)
  }

  async #failed(error: Error): Promise<void> {
    if (this.#stopping.signal.aborted) return
    // Retention deleted the next record, or the topic was recreated.
    if (findErrorBy(error, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null) this.#offsets.clear()
    if (!this.#isFailing) this.#logger.warn({ err: error, topic: this.#topic }, 'cannot read, trying again')
    this.#isFailing = true
    await sleep(RETRY_MS)
  }
}
