/**
 * Records of 32 bytes in pages of typed arrays. The first four words of a record are its key; the last eight bytes are
 * also there as a double. A reference is the page's number and the record's place in it, and stays valid until the page
 * is dropped. Pages are allocated and dropped one at a time, so memory follows use and nothing is ever copied to grow.
 */

export const RECORD_WORDS = 8
/** 256 kB a page. */
export const PAGE_SHIFT = 13
export const PAGE_RECORDS = 1 << PAGE_SHIFT
/** References are positive 32-bit integers, and a table keeps them plus one. */
const PAGES_MAX = 2 ** (31 - PAGE_SHIFT) - 1
/** Dropped pages kept for the next need: an allocation costs page faults, and its release waits for the collector. */
const SPARES_MAX = 4

const NO_WORDS = new Int32Array(0)
const NO_DOUBLES = new Float64Array(0)

export class RecordPages {
  /** By page number; empty where a page was dropped. */
  readonly words: Int32Array[] = []
  readonly doubles: Float64Array[] = []
  /** One more double for each record, by page number; empty unless asked for. */
  readonly notes: Float64Array[] = []
  /** Records in use, by page number. */
  readonly live: number[] = []
  readonly #withNotes: boolean
  readonly #spares: Int32Array[] = []
  readonly #vacant: number[] = []

  constructor(options: { withNotes?: boolean } = {}) {
    this.#withNotes = options.withNotes === true
  }

  /** Bytes held, those of spare pages included. */
  get bytes(): number {
    const pages = this.words.length - this.#vacant.length
    const noteBytes = this.#withNotes ? pages * PAGE_RECORDS * 8 : 0
    return (pages + this.#spares.length) * PAGE_RECORDS * RECORD_WORDS * 4 + noteBytes
  }

  /** @returns the number of a page without records. What its words hold is undefined. */
  addPage(): number {
    const words = this.#spares.pop() ?? new Int32Array(PAGE_RECORDS * RECORD_WORDS)
    const page = this.#vacant.pop() ?? this.words.length
    if (page > PAGES_MAX) throw new RangeError('more than two thousand million records')
    this.words[page] = words
    this.doubles[page] = new Float64Array(words.buffer)
    this.notes[page] = this.#withNotes ? new Float64Array(PAGE_RECORDS) : NO_DOUBLES
    this.live[page] = 0
    return page
  }

  dropPage(page: number): void {
    const words = this.words[page]!
    if (this.#spares.length < SPARES_MAX) this.#spares.push(words)
    this.words[page] = NO_WORDS
    this.doubles[page] = NO_DOUBLES
    this.notes[page] = NO_DOUBLES
    this.#vacant.push(page)
  }
}

/** A record's place in its page. */
export function placeOf(ref: number): number {
  return ref & (PAGE_RECORDS - 1)
}

/** Where a record's words begin in its page. */
export function wordOf(ref: number): number {
  return (ref & (PAGE_RECORDS - 1)) * RECORD_WORDS
}
