import { PAGE_RECORDS, PAGE_SHIFT, RecordPages, wordOf } from './record-pages.ts'

/**
 * Places in an event's record: its user, the next event of the same millisecond, its amount. The first four words are
 * the transaction's id.
 */
export const USER_WORD = 4
export const NEXT_WORD = 5
export const AMOUNT_DOUBLE = 3

/**
 * The events of the window: id, amount, user, and the next event of the same millisecond. Pages are filled in the order
 * of arrival and dropped when the last of their events has expired. Events expire in about the order in which they
 * arrived, so pages die whole; one that is late to expire holds its page for as long as it is itself counted.
 */
export class EventRecords {
  readonly pages = new RecordPages()
  #page = this.pages.addPage()
  #filled = 0

  /** Adds an event. @returns its reference. */
  add(ids: Int32Array, idAt: number, user: number, amountMinor: number, next: number): number {
    if (this.#filled === PAGE_RECORDS) {
      this.#page = this.pages.addPage()
      this.#filled = 0
    }
    const page = this.#page
    const ref = (page << PAGE_SHIFT) | this.#filled
    this.#filled += 1
    this.pages.live[page]! += 1
    const words = this.pages.words[page]!
    const at = wordOf(ref)
    words[at] = ids[idAt]!
    words[at + 1] = ids[idAt + 1]!
    words[at + 2] = ids[idAt + 2]!
    words[at + 3] = ids[idAt + 3]!
    words[at + USER_WORD] = user
    words[at + NEXT_WORD] = next
    this.pages.doubles[page]![(at >> 1) + AMOUNT_DOUBLE] = amountMinor
    return ref
  }

  /** Gives an event up. Its record may be read until the next event is added or given up. */
  release(ref: number): void {
    const page = ref >> PAGE_SHIFT
    const live = this.pages.live[page]! - 1
    this.pages.live[page] = live
    if (live > 0) return
    if (page === this.#page) this.#filled = 0
    else this.pages.dropPage(page)
  }
}
