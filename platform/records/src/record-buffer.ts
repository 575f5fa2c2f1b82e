import { ByteWriter, viewOf } from './byte-writer.ts'
import { BLOCK_BYTES, giveBlock, type RecordBlock, SMALL_BLOCK_BYTES, takeBlock } from './record-block.ts'

/** A batch's own header, and what a record takes beside its key and value, at their longest: blocks leave room for them. */
export const BATCH_HEADER_BYTES = 61
const RECORD_FRAME_BYTES_MAX = 24

/** Upper bound of a batch's overhead: its header plus the framing of each record. */
export const batchOverheadMax = (records: number): number => BATCH_HEADER_BYTES + records * RECORD_FRAME_BYTES_MAX

/** A key and its value; `null` removes the key. */
export interface Entry {
  readonly key: string
  readonly value: string | Buffer | null
}

/** A record that waits to be written; without a value its key is removed. */
export interface WrittenRecord {
  readonly key: string
  readonly value: Buffer | null
}

/**
 * Records that wait to be written. They are kept in blocks, each of which is one batch, encoded, of at most
 * `BLOCK_BYTES`, unless a single record is larger.
 */
export class RecordBuffer extends ByteWriter implements Iterable<WrittenRecord> {
  /** `bytes` and `length` are the current block's. */
  #current: RecordBlock | undefined
  #full: RecordBlock[] = []
  #fullBytes = 0
  #count = 0
  /** Where the record that is being written begins, and where its key ended. */
  #recordStart = 0
  #keyEnd = 0

  constructor() {
    super(0)
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of all keys and values. */
  get size(): number {
    return this.#fullBytes + this.length
  }

  /** What was written since the last record is the next one's key. */
  endKey(): void {
    this.#keyEnd = this.length
  }

  /** Bytes of the value that is being written. */
  get sizeOfValue(): number {
    return this.length - this.#keyEnd
  }

  /** What was written since the key is its value. */
  endValue(): void {
    this.#endRecord(this.length)
  }

  /** The key has no value: it is removed. */
  endTombstone(): void {
    this.#endRecord(undefined)
  }

  #endRecord(valueEnd: number | undefined): void {
    if (this.#current === undefined) this.makeRoom(0)
    this.#current!.add(this.#keyEnd, valueEnd)
    this.#count += 1
    this.#recordStart = this.length
    // A block that was made for one large record takes no other.
    this.limit = this.bytes.length <= BLOCK_BYTES ? this.limit - RECORD_FRAME_BYTES_MAX : this.length
  }

  add({ key, value }: Entry): void {
    this.utf8(key)
    this.endKey()
    if (value === null) return this.endTombstone()
    if (typeof value === 'string') this.utf8(value)
    else this.copy(value)
    this.endValue()
  }

  /** A larger block in place of a small one; else the next block, to which the record that is being written moves. */
  protected override makeRoom(bytes: number): void {
    const current = this.#current
    if (current?.bytes.length === SMALL_BLOCK_BYTES) {
      const whole = this.length + bytes + batchOverheadMax(current.count + 1)
      if (whole <= BLOCK_BYTES) return this.#enlarge(current)
    }
    const written = this.length - this.#recordStart
    const overhead = batchOverheadMax(1)
    const needed = written + bytes + overhead
    const next = takeBlock(needed > BLOCK_BYTES ? 2 * needed : current === undefined ? needed : BLOCK_BYTES)
    this.bytes.copy(next.bytes, 0, this.#recordStart, this.length)
    if (current !== undefined) this.#leave(current)
    this.#current = next
    this.bytes = next.bytes
    this.view = next.view
    this.length = written
    this.limit = next.bytes.length - overhead
    this.#keyEnd -= this.#recordStart
    this.#recordStart = 0
  }

  #enlarge(small: RecordBlock): void {
    const records = small.count
    const next = takeBlock(BLOCK_BYTES)
    this.bytes.copy(next.bytes, this.#recordStart, this.#recordStart, this.length)
    small.moveTo(next)
    giveBlock(small)
    this.#current = next
    this.bytes = next.bytes
    this.view = next.view
    this.limit = next.bytes.length - batchOverheadMax(records + 1)
  }

  #leave(block: RecordBlock): void {
    if (block.count === 0) return giveBlock(block)
    this.#full.push(block)
    this.#fullBytes += this.#recordStart
  }

  /** The blocks that have records, in order. */
  blocks(): RecordBlock[] {
    const current = this.#current
    return current === undefined || current.count === 0 ? this.#full : [...this.#full, current]
  }

  *[Symbol.iterator](): Generator<WrittenRecord> {
    for (const block of this.blocks()) {
      for (let record = 0; record < block.count; record += 1) {
        const keyEnd = block.keyEnd(record)
        const valueEnd = block.valueEnd(record)
        const key = block.bytes.toString('utf8', block.keyStart(record), keyEnd)
        yield { key, value: valueEnd === -1 ? null : Buffer.from(block.bytes.subarray(keyEnd, valueEnd)) }
      }
    }
  }

  /** Forgets everything, and gives its blocks back. */
  override clear(): void {
    for (const block of this.#full) giveBlock(block)
    if (this.#current !== undefined) giveBlock(this.#current)
    super.clear()
    this.bytes = NONE
    this.view = NO_VIEW
    this.limit = 0
    this.#current = undefined
    this.#full = []
    this.#fullBytes = 0
    this.#count = 0
    this.#recordStart = 0
  }
}

const NONE = Buffer.alloc(0)
const NO_VIEW = viewOf(NONE)
