/** How many bytes of batch a block gives. */
export const BLOCK_BYTES = 512 << 10
/** So many blocks wait for their next use at most. */
const KEPT_MAX = 256
const TOMBSTONE = -1

/** A batch of records on its way to the log: keys and values as bytes, one after the other, in one buffer. */
export class RecordBlock {
  readonly bytes: Buffer
  /** Two a record: where its key ends, and where its value ends. */
  readonly #ends: number[] = []
  #count = 0

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes)
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

  /** Forgets its records. */
  clear(): void {
    this.#count = 0
  }
}

const kept: RecordBlock[] = []

/**
 * An empty block of `BLOCK_BYTES`. Blocks go from use to use: what waits for a commit is megabytes every 100 ms and ten
 * times that with a checkpoint, which as buffers of their own would be the larger part of a worker's memory until the
 * collector came by.
 */
export function takeBlock(): RecordBlock {
  return kept.pop() ?? new RecordBlock(BLOCK_BYTES)
}

/** Gives a block back that nobody reads or writes any more. */
export function giveBlock(block: RecordBlock): void {
  if (block.bytes.length !== BLOCK_BYTES || kept.length === KEPT_MAX) return
  block.clear()
  kept.push(block)
}
