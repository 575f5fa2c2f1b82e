import { type SumMinor } from '@fintech-streams/contracts'
import { NONE } from './key-table.ts'
import { PAGE_RECORDS, PAGE_SHIFT, RecordPages, wordOf } from './record-pages.ts'

/** Words of a user's record; the first four are the customer's id. In a free record the first is the next free one. */
const COUNT = 4
const CARRY = 5
const SUM_DOUBLE = 3
/** A sum is carry · 2^53 + a double below 2^53: exact whatever the amounts, since each fits the safe range. */
const CARRY_MINOR = 2 ** 53

/** What a page is to the allocator. */
const OPEN = 0
/** No longer allocated from, until its last user is gone. */
const LEAVING = 1

/**
 * The users who have an event in the window: id, sum and count. A record that becomes free is used again. When many
 * users are gone, sparse pages are left: no user is put there any more, those who stay move out with their next event,
 * and the page is dropped when its last event has expired, within a window's time.
 */
export class UserRecords {
  readonly pages: RecordPages
  readonly #states: number[] = []
  readonly #freeHeads: number[] = []
  /** Records of the page that were never used. */
  readonly #unused: number[] = []
  /** Pages that may have a free record. */
  readonly #withFree: number[] = []
  readonly #isListed: boolean[] = []
  #liveRecords = 0
  /** In open pages. */
  #freeRecords = 0

  constructor(pages = new RecordPages()) {
    this.pages = pages
  }

  /** Adds a user without events. @returns its reference. */
  add(key: Int32Array, keyAt: number): number {
    const ref = this.#allocate()
    const words = this.pages.words[ref >> PAGE_SHIFT]!
    const at = wordOf(ref)
    words[at] = key[keyAt]!
    words[at + 1] = key[keyAt + 1]!
    words[at + 2] = key[keyAt + 2]!
    words[at + 3] = key[keyAt + 3]!
    words[at + COUNT] = 0
    words[at + CARRY] = 0
    this.pages.doubles[ref >> PAGE_SHIFT]![(at >> 1) + SUM_DOUBLE] = 0
    return ref
  }

  count(ref: number): number {
    return this.pages.words[ref >> PAGE_SHIFT]![wordOf(ref) + COUNT]!
  }

  sumMinor(ref: number): SumMinor {
    const at = wordOf(ref)
    const sum = this.pages.doubles[ref >> PAGE_SHIFT]![(at >> 1) + SUM_DOUBLE]!
    const carry = this.pages.words[ref >> PAGE_SHIFT]![at + CARRY]!
    return carry === 0 ? sum : BigInt(carry) * BigInt(CARRY_MINOR) + BigInt(sum)
  }

  /** Counts an event. */
  addEvent(ref: number, amountMinor: number): void {
    const words = this.pages.words[ref >> PAGE_SHIFT]!
    const doubles = this.pages.doubles[ref >> PAGE_SHIFT]!
    const at = wordOf(ref)
    words[at + COUNT]! += 1
    const place = (at >> 1) + SUM_DOUBLE
    const sum = doubles[place]!
    const complement = CARRY_MINOR - amountMinor
    if (sum < complement) {
      doubles[place] = sum + amountMinor
    } else {
      doubles[place] = sum - complement
      words[at + CARRY]! += 1
    }
  }

  /**
   * Takes an event off again.
   * @param ref to where its user was when it was added.
   * @returns to where its user is now.
   */
  removeEvent(ref: number, amountMinor: number): number {
    const doubles = this.pages.doubles[ref >> PAGE_SHIFT]!
    const at = wordOf(ref)
    const place = (at >> 1) + SUM_DOUBLE
    const sum = doubles[place]!
    if (sum < 0) return this.removeEvent(this.#follow(ref, sum), amountMinor)
    const words = this.pages.words[ref >> PAGE_SHIFT]!
    if (sum >= amountMinor) {
      doubles[place] = sum - amountMinor
    } else {
      doubles[place] = sum + (CARRY_MINOR - amountMinor)
      words[at + CARRY]! -= 1
    }
    words[at + COUNT]! -= 1
    return ref
  }

  /** Whether this user should move out of a page that is being left. */
  isLeaving(ref: number): boolean {
    return this.#states[ref >> PAGE_SHIFT] === LEAVING
  }

  /**
   * Moves a user to another page. The old record stays as a signpost for the events that refer to it, until each of
   * them has been followed.
   * @returns the new reference.
   */
  move(ref: number): number {
    const words = this.pages.words[ref >> PAGE_SHIFT]!
    const doubles = this.pages.doubles[ref >> PAGE_SHIFT]!
    const at = wordOf(ref)
    const moved = this.add(words, at)
    const target = this.pages.words[moved >> PAGE_SHIFT]!
    const targetAt = wordOf(moved)
    target[targetAt + COUNT] = words[at + COUNT]!
    target[targetAt + CARRY] = words[at + CARRY]!
    this.pages.doubles[moved >> PAGE_SHIFT]![(targetAt >> 1) + SUM_DOUBLE] = doubles[(at >> 1) + SUM_DOUBLE]!
    // Below zero, as no sum is.
    doubles[(at >> 1) + SUM_DOUBLE] = -1 - moved
    return moved
  }

  /** Follows a signpost on behalf of one event; after the last one it is not needed any more. */
  #follow(ref: number, signpost: number): number {
    const words = this.pages.words[ref >> PAGE_SHIFT]!
    const left = words[wordOf(ref) + COUNT]! - 1
    words[wordOf(ref) + COUNT] = left
    if (left === 0) this.release(ref)
    return -1 - signpost
  }

  /** Gives a record up. */
  release(ref: number): void {
    const page = ref >> PAGE_SHIFT
    const live = this.pages.live[page]! - 1
    this.pages.live[page] = live
    this.#liveRecords -= 1
    if (this.#states[page] === LEAVING) {
      if (live === 0) this.pages.dropPage(page)
      return
    }
    this.pages.words[page]![wordOf(ref)] = this.#freeHeads[page]!
    this.#freeHeads[page] = ref
    this.#freeRecords += 1
    this.#list(page)
    const tooManyFree = this.#freeRecords > this.#liveRecords / 2 + 2 * PAGE_RECORDS
    if (tooManyFree && live < PAGE_RECORDS / 2) this.#leave(page)
  }

  #leave(page: number): void {
    this.#freeRecords -= PAGE_RECORDS - this.pages.live[page]!
    this.#states[page] = LEAVING
    if (this.pages.live[page] === 0) this.pages.dropPage(page)
  }

  #allocate(): number {
    let page = this.#withFree.at(-1)
    while (page !== undefined && !this.#hasFree(page)) {
      this.#withFree.pop()
      this.#isListed[page] = false
      page = this.#withFree.at(-1)
    }
    page ??= this.#open()
    this.pages.live[page]! += 1
    this.#liveRecords += 1
    this.#freeRecords -= 1
    const head = this.#freeHeads[page]!
    if (head === NONE) {
      const unused = this.#unused[page]! - 1
      this.#unused[page] = unused
      return (page << PAGE_SHIFT) | unused
    }
    this.#freeHeads[page] = this.pages.words[page]![wordOf(head)]!
    return head
  }

  #hasFree(page: number): boolean {
    return this.#states[page] === OPEN && (this.#freeHeads[page] !== NONE || this.#unused[page]! > 0)
  }

  #open(): number {
    const page = this.pages.addPage()
    this.#states[page] = OPEN
    this.#freeHeads[page] = NONE
    this.#unused[page] = PAGE_RECORDS
    this.#freeRecords += PAGE_RECORDS
    this.#list(page)
    return page
  }

  #list(page: number): void {
    if (this.#isListed[page] === true) return
    this.#isListed[page] = true
    this.#withFree.push(page)
  }
}
