import { viewOf } from './byte-writer.ts'

/** How many bytes of batch a block gives at most, unless a single record is larger. */
export const BLOCK_BYTES = 512 << 10
/** Most topics get a few records a commit. */
export const SMALL_BLOCK_BYTES = 32 << 10
/** Free blocks that are kept for reuse, at most, by block size. */
const KEPT_MAX: ReadonlyMap<number, number> = new Map([
  [SMALL_BLOCK_BYTES, 256],
  [BLOCK_BYTES, 64],
])
const TOMBSTONE = -1

/** A batch of records on its way to the log: keys and values as bytes, one after the other, in one buffer. */
export class RecordBlock {
  readonly bytes: Buffer
  /** The same memory. */
  readonly view: DataView
  /** Two a record: where its key ends, and where its value ends. */
  readonly #ends: number[] = []
  #count = 0

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes)
    this.view = viewOf(this.bytes)
  }

  get count(): number {
    return this.#count
  }

  /** Adds the record whose bytes were written behind the last one's. @param valueEnd `undefined`: it has no value. */
  add(keyEnd: number, valueEnd: number | undefined): void {
    const at = 2 * this.#count
    this.#ends[at] = keyEnd
    this.#ends[at + 1] = valueEnd ?? TOMBSTONE
    this.#count += 1
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

  /** Moves its records into a larger block that has none. */
  moveTo(larger: RecordBlock): void {
    const end = this.keyStart(this.#count)
    this.bytes.copy(larger.bytes, 0, 0, end)
    for (let at = 0; at < 2 * this.#count; at += 1) larger.#ends[at] = this.#ends[at]!
    larger.#count = this.#count
    this.clear()
  }

  /** Forgets its records. */
  clear(): void {
    this.#count = 0
  }
}

const kept = new Map([...KEPT_MAX.keys()].map((size): [number, RecordBlock[]] => [size, []]))

/**
 * An empty block of at least `bytes` bytes. Blocks are pooled, because the output between two commits is megabytes every
 * 100 ms, and ten times that with a checkpoint. Fresh buffers for all of it would be most of a worker's memory until the
 * garbage collector ran.
 */
export function takeBlock(bytes: number): RecordBlock {
  const size = bytes <= SMALL_BLOCK_BYTES ? SMALL_BLOCK_BYTES : Math.max(bytes, BLOCK_BYTES)
  return kept.get(size)?.pop() ?? new RecordBlock(size)
}

/** Gives a block back that nobody reads or writes any more: it waits for its next use, or its memory is free at once. */
export function giveBlock(block: RecordBlock): void {
  const size = block.bytes.length
  const waiting = kept.get(size)
  if (waiting === undefined || waiting.length === KEPT_MAX.get(size)) {
    ;(block.bytes.buffer as ArrayBuffer).transfer(0)
    return
  }
  block.clear()
  waiting.push(block)
}
