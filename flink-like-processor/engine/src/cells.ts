/** State in typed arrays: cells of eight bytes, each a number or two integers, in pages that are used again. */

const PAGE_BITS = 13
/** 64 kB. */
export const PAGE_CELLS = 1 << PAGE_BITS
const OFFSET_MASK = PAGE_CELLS - 1
/** Free pages that are kept: 32 MB. */
const KEPT_MAX = 512

/** The same memory as numbers and as pairs of integers: cell `n` is `floats[n]`, or `ints[2n]` and `ints[2n + 1]`. */
export class Page {
  readonly floats: Float64Array
  readonly ints: Int32Array

  constructor(cells: number) {
    this.floats = new Float64Array(cells)
    this.ints = new Int32Array(this.floats.buffer)
  }
}

const kept: Page[] = []

/** A page of zeros. */
export function takePage(): Page {
  const page = kept.pop()
  if (page === undefined) return new Page(PAGE_CELLS)
  page.floats.fill(0)
  return page
}

/** Gives back a page that nobody reads any more. */
export function givePage(page: Page): void {
  if (kept.length < KEPT_MAX && page.floats.length === PAGE_CELLS) kept.push(page)
}

const SIZE_CLASSES = 32

/**
 * Lists of cells for what does not fit into a row. A list has room for the next power of two of cells; who fills it
 * moves it to a larger one. Its handle is positive.
 */
export class Lists {
  /** The first is nobody's, so that no handle is 0. */
  readonly #pages: (Page | undefined)[] = [undefined]
  readonly #free: number[][] = Array.from({ length: SIZE_CLASSES }, () => [])
  /** The page that is being given away, and how much of it is. */
  #current = 0
  #used = PAGE_CELLS
  /** Sums beyond the safe integers, by list and place. */
  readonly large = new Map<string, bigint>()
  /** Places of codes in long lists, by list. */
  readonly index = new Map<number, Map<number, number>>()

  page(handle: number): Page {
    return this.#pages[handle >>> PAGE_BITS]!
  }

  /** @param bits the list has `1 << bits` cells. @returns its handle. */
  take(bits: number): number {
    const known = this.#free[bits]!.pop()
    if (known !== undefined) return known
    const cells = 1 << bits
    if (cells > PAGE_CELLS) {
      this.#pages.push(new Page(cells))
      return (this.#pages.length - 1) << PAGE_BITS
    }
    if (this.#used + cells > PAGE_CELLS) {
      this.#pages.push(takePage())
      this.#current = this.#pages.length - 1
      this.#used = 0
    }
    const at = this.#used
    this.#used = at + cells
    return (this.#current << PAGE_BITS) | at
  }

  give(handle: number, bits: number): void {
    this.#free[bits]!.push(handle)
  }

  /**
   * Makes room for one entry more in a list of `size` entries.
   * @param widthBits an entry has `1 << widthBits` cells.
   * @returns the list's handle from now on.
   */
  withRoom(handle: number, size: number, widthBits = 0): number {
    if (size === 0) return this.take(roomBits(1) + widthBits)
    if (size < 2 || (size & (size - 1)) !== 0) return handle
    const next = this.take(roomBits(size + 1) + widthBits)
    const from = this.page(handle).floats
    const start = offsetOf(handle)
    this.page(next).floats.set(from.subarray(start, start + (size << widthBits)), offsetOf(next))
    this.#move(handle, size, next)
    this.give(handle, roomBits(size) + widthBits)
    return next
  }

  /** Gives up a list of `size` entries. */
  giveRoom(handle: number, size: number, widthBits = 0): void {
    this.#move(handle, size, undefined)
    this.give(handle, roomBits(size) + widthBits)
  }

  /** What is kept beside a list goes with it, or is forgotten. */
  #move(handle: number, size: number, next: number | undefined): void {
    const places = this.index.get(handle)
    if (places !== undefined) {
      this.index.delete(handle)
      if (next !== undefined) this.index.set(next, places)
    }
    if (this.large.size === 0) return
    for (let entry = 0; entry < size; entry += 1) {
      const large = this.large.get(`${handle}/${entry}`)
      if (large === undefined) continue
      this.large.delete(`${handle}/${entry}`)
      if (next !== undefined) this.large.set(`${next}/${entry}`, large)
    }
  }
}

/** How many entries a list of this size has room for, as a power of two. */
const roomBits = (size: number): number => (size <= 2 ? 1 : 32 - Math.clz32(size - 1))

/** Where a list begins in its page. */
export const offsetOf = (handle: number): number => handle & OFFSET_MASK
