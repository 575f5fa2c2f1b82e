import { type SourceRecord } from '@fintech-streams/records'
import { type PartitionReader } from '@fintech-streams/kafka'

const FETCH_WAIT_MS = 200
const CHUNK_MIN = 256
const CHUNK_MAX = 20_000

/** A record and where it is. */
export interface Found {
  readonly partition: number
  readonly record: SourceRecord
}

export interface ScanBounds {
  /** Records to find in each partition. */
  readonly limit: number
  /** Records to look at in each partition, at most about. */
  readonly recordsMax: number
  /** When to give up, as {@link performance.now}. */
  readonly deadlineMs: number
}

export interface Scanned {
  readonly found: Found[]
  readonly lookedAt: number
  /** Whether enough was found, or all was looked at. */
  readonly isComplete: boolean
}

type ReadsPartition = Pick<PartitionReader, 'fetch' | 'firstOffset' | 'endOffset'>
export type Wanted = (record: SourceRecord) => boolean

/** Looks at committed records of one partition. Bounds are checked between fetches, so the last one may exceed them. */
export class PartitionScan {
  readonly #reader: ReadsPartition
  readonly #topic: string
  readonly #partition: number
  readonly #wanted: Wanted
  readonly #bounds: ScanBounds
  #lookedAt = 0

  constructor(reader: ReadsPartition, place: { topic: string; partition: number }, wanted: Wanted, bounds: ScanBounds) {
    this.#reader = reader
    this.#topic = place.topic
    this.#partition = place.partition
    this.#wanted = wanted
    this.#bounds = bounds
  }

  /** The last ones, in the order of the log: looked for backwards from the end, in steps that grow. */
  async latest(): Promise<Scanned> {
    const first = await this.#reader.firstOffset(this.#topic, this.#partition)
    let to = await this.#reader.endOffset(this.#topic, this.#partition)
    let chunk = Math.max(CHUNK_MIN, 2 * this.#bounds.limit)
    let found: Found[] = []
    while (to > first && found.length < this.#bounds.limit && !this.#isSpent()) {
      const from = Math.max(first, to - chunk)
      found = [...(await this.#between(from, to, Infinity)).found, ...found]
      to = from
      chunk = Math.min(2 * chunk, CHUNK_MAX)
    }
    const isComplete = to <= first || found.length >= this.#bounds.limit
    return { found: found.slice(-this.#bounds.limit), lookedAt: this.#lookedAt, isComplete }
  }

  /** The first ones from an offset on, in the order of the log. */
  async from(offset: number): Promise<Scanned> {
    const first = await this.#reader.firstOffset(this.#topic, this.#partition)
    const end = await this.#reader.endOffset(this.#topic, this.#partition)
    const { found, next } = await this.#between(Math.max(first, offset), end, this.#bounds.limit)
    const isComplete = next >= end || found.length >= this.#bounds.limit
    return { found: found.slice(0, this.#bounds.limit), lookedAt: this.#lookedAt, isComplete }
  }

  async #between(from: number, to: number, limit: number): Promise<{ found: Found[]; next: number }> {
    const found: Found[] = []
    let next = from
    while (next < to && found.length < limit && !this.#isSpent()) {
      const position = { topic: this.#topic, partition: this.#partition, offset: next }
      const [batch] = await this.#reader.fetch([position], FETCH_WAIT_MS)
      if (batch === undefined) continue
      for (const record of batch.records) {
        if (record.offset >= to) break
        this.#lookedAt += 1
        if (this.#wanted(record)) found.push({ partition: this.#partition, record })
      }
      next = batch.nextOffset
    }
    return { found, next }
  }

  #isSpent(): boolean {
    return this.#lookedAt >= this.#bounds.recordsMax || performance.now() > this.#bounds.deadlineMs
  }
}
