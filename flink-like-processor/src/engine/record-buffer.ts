import { ByteWriter } from './byte-writer.ts'

/** A buffer that a burst made larger than this is not kept. */
const KEPT_BYTES_MAX = 8 << 20
const TOMBSTONE = -1

/** A key and its value; `null` removes the key. */
export interface Entry {
  readonly key: string
  readonly value: string | null
}

/** Records that wait to be written: keys and values as bytes, one after the other. */
export class RecordBuffer extends ByteWriter implements Iterable<Entry> {
  /** Two a record: where its key ends, and where its value ends. */
  readonly #ends: number[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  /** What was written since the last record is the next one's key. */
  endKey(): void {
    this.#ends[2 * this.#count] = this.length
  }

  /** What was written since the key is its value. */
  endValue(): void {
    this.#ends[2 * this.#count + 1] = this.length
    this.#count += 1
  }

  /** The key has no value: it is removed. */
  endTombstone(): void {
    this.#ends[2 * this.#count + 1] = TOMBSTONE
    this.#count += 1
  }

  add({ key, value }: Entry): void {
    this.utf8(key)
    this.endKey()
    if (value === null) return this.endTombstone()
    this.utf8(value)
    this.endValue()
  }

  keyStart(record: number): number {
    return record === 0 ? 0 : Math.max(this.#ends[2 * record - 1]!, this.#ends[2 * record - 2]!)
  }

  keyEnd(record: number): number {
    return this.#ends[2 * record]!
  }

  /** Where the value ends, which begins where the key does end; -1 when there is none. */
  valueEnd(record: number): number {
    return this.#ends[2 * record + 1]!
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (let record = 0; record < this.#count; record += 1) {
      const keyEnd = this.keyEnd(record)
      const valueEnd = this.valueEnd(record)
      const key = this.bytes.toString('utf8', this.keyStart(record), keyEnd)
      yield { key, value: valueEnd === TOMBSTONE ? null : this.bytes.toString('utf8', keyEnd, valueEnd) }
    }
  }

  override clear(): void {
    super.clear()
    this.#count = 0
    if (this.bytes.length > KEPT_BYTES_MAX) {
      this.bytes = Buffer.allocUnsafe(KEPT_BYTES_MAX)
      this.#ends.length = 0
    }
  }
}
