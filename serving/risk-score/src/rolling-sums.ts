import {
  formatUuidWords,
  HASH_SEED,
  hashUuidWords,
  MINUTE_MS,
  type SumMinor,
  UUID_WORDS,
  ZERO_MINOR,
} from '@fintech-streams/contracts'
import { AMOUNT_DOUBLE, EventRecords, NEXT_WORD, USER_WORD } from './event-records.ts'
import { KeyTable, NONE } from './key-table.ts'
import { PAGE_SHIFT, RecordPages, wordOf } from './record-pages.ts'
import { UserChanges } from './user-changes.ts'
import { UserRecords } from './user-records.ts'

/** An event counts while now − event time is at most this. */
export const WINDOW_MS = MINUTE_MS
/** Slots of the wheel, one a millisecond. */
const SLOTS = 1 << 17
/** An event may lie so far ahead of the clock; the wheel has no slot for what is beyond. */
export const AHEAD_MAX_MS = SLOTS - WINDOW_MS - 1

/** Events whose memory is loaded together: enough to wait for all at once, few enough to stay in the first cache. */
const TURN_EVENTS = 32
/** The same for reads, each of which has one hash. */
const TURN_READS = 2 * TURN_EVENTS

/** Events, one behind the other. */
export interface Events {
  readonly count: number
  /** Eight words each: the customer's id, then the transaction's. */
  readonly ids: Int32Array
  readonly amountsMinor: Float64Array
  readonly timesMs: Float64Array
}

export interface RollingSum {
  readonly sumMinor: SumMinor
  readonly count: number
}

/** A user whose sum changed, handed over by `takeChanges`. */
export interface ChangedSum extends RollingSum {
  readonly customerId: string
  /** The last moment at which one of the events still counts. */
  readonly countsUntilMs: number
}

const NOTHING: RollingSum = { sumMinor: ZERO_MINOR, count: 0 }

/**
 * The outcome of an event: counted; its id is in the window already; older than the window; or further ahead of the
 * clock than `AHEAD_MAX_MS`, so that one wrong clock cannot fill the memory.
 */
export type Added = 'counted' | 'duplicate' | 'expired' | 'ahead'

/**
 * Sum and count of each user's events of the last 60 seconds: exact, at O(1) an event, an expiry and a read, with
 * memory that follows the events of the last minute and not the users ever seen.
 *
 * Events are in one wheel of millisecond slots by their event time. When the clock passes a slot's last moment, its
 * events are taken off their users again, and a user without events is forgotten. An event ahead of the clock counts at
 * once, as "now − event time ≤ 60 s" says, until its own expiry. A transaction id counts once while it is in the window.
 *
 * The clock is whatever is passed in; it never runs backwards, and an earlier time than the latest is taken for that.
 */
export class RollingSums {
  readonly #users: UserRecords
  readonly #events = new EventRecords()
  readonly #userTable: KeyTable
  readonly #eventTable = new KeyTable(this.#events.pages)
  /** The first event of each slot. */
  readonly #slots = new Int32Array(SLOTS).fill(NONE)
  readonly #hashSeed: number
  readonly #changes: UserChanges | undefined
  #nowMs = Number.NEGATIVE_INFINITY
  /** The hashes of a turn's events: the user's, the transaction's. */
  readonly #hashes = new Int32Array(TURN_EVENTS * 2)
  /** The records of a turn's reads, by their hash alone. */
  readonly #found = new Int32Array(TURN_READS)
  /** What was read only to have it loaded; kept, so that no compiler leaves the reading out. */
  #touched = 0

  /**
   * @param options.notesChanges whether `takeChanges` will be called, again and again.
   * @param options.hashSeed fixed only for tests.
   */
  constructor(options: { notesChanges?: boolean; hashSeed?: number } = {}) {
    const pages = new RecordPages({ withNotes: options.notesChanges === true })
    this.#users = new UserRecords(pages)
    this.#userTable = new KeyTable(pages)
    this.#changes = options.notesChanges === true ? new UserChanges(pages) : undefined
    this.#hashSeed = options.hashSeed ?? HASH_SEED
  }

  /** Users who have an event in the window, and events in it. */
  get size(): { users: number; events: number } {
    return { users: this.#userTable.size, events: this.#eventTable.size }
  }

  /** Bytes held in typed arrays, which is all but a constant. */
  get bytes(): number {
    const records = this.#users.pages.bytes + this.#events.pages.bytes
    const tables = this.#userTable.bytes + this.#eventTable.bytes
    return records + tables + this.#slots.byteLength
  }

  /**
   * Counts an event.
   * @param ids eight words from `at` on: the customer's id, then the transaction's.
   * @param amountMinor a safe integer, not negative.
   * @param eventTimeMs whole milliseconds.
   */
  add(ids: Int32Array, at: number, amountMinor: number, eventTimeMs: number, nowMs: number): Added {
    this.advance(nowMs)
    const userHash = hashUuidWords(ids, at, this.#hashSeed)
    return this.#add(ids, at, userHash, hashUuidWords(ids, at + UUID_WORDS, this.#hashSeed), amountMinor, eventTimeMs)
  }

  /**
   * Counts events, as `add` does one. Where the tables are larger than the processor's cache it is several times faster:
   * the slots of a whole turn are loaded at the same time, instead of one after the other.
   * @param onAdded called with each event's outcome, in order.
   */
  addAll({ count, ids, amountsMinor, timesMs }: Events, nowMs: number, onAdded: (outcome: Added) => void): void {
    this.advance(nowMs)
    for (let first = 0; first < count; first += TURN_EVENTS) {
      const end = Math.min(first + TURN_EVENTS, count)
      this.#touch(ids, first, end)
      for (let n = first; n < end; n += 1) {
        const userHash = this.#hashes[(n - first) * 2]!
        const idHash = this.#hashes[(n - first) * 2 + 1]!
        onAdded(this.#add(ids, n * 2 * UUID_WORDS, userHash, idHash, amountsMinor[n]!, timesMs[n]!))
      }
    }
  }

  #add(ids: Int32Array, at: number, userHash: number, idHash: number, amountMinor: number, eventTimeMs: number): Added {
    const ageMs = this.#nowMs - eventTimeMs
    if (ageMs > WINDOW_MS) return 'expired'
    // NaN fails the comparison, too.
    if (!(ageMs >= -AHEAD_MAX_MS)) return 'ahead'
    if (this.#eventTable.find(ids, at + UUID_WORDS, idHash) !== NONE) return 'duplicate'
    const user = this.#userOf(ids, at, userHash)
    this.#users.addEvent(user, amountMinor)
    const slot = eventTimeMs & (SLOTS - 1)
    const event = this.#events.add(ids, at + UUID_WORDS, user, amountMinor, this.#slots[slot]!)
    this.#slots[slot] = event
    this.#eventTable.insert(idHash, event)
    this.#changes?.noteEvent(user, eventTimeMs)
    return 'counted'
  }

  /** Computes the hashes of a turn's events, and reads where each will be looked for. */
  #touch(ids: Int32Array, first: number, end: number): void {
    let touched = 0
    for (let n = first; n < end; n += 1) {
      const at = n * 2 * UUID_WORDS
      const userHash = hashUuidWords(ids, at, this.#hashSeed)
      const idHash = hashUuidWords(ids, at + UUID_WORDS, this.#hashSeed)
      this.#hashes[(n - first) * 2] = userHash
      this.#hashes[(n - first) * 2 + 1] = idHash
      touched ^= this.#userTable.touch(userHash) ^ this.#eventTable.touch(idHash)
    }
    // The table's part of it is there by now; this brings the users' records.
    for (let n = first; n < end; n += 1) {
      touched ^= this.#userTable.find(ids, n * 2 * UUID_WORDS, this.#hashes[(n - first) * 2]!)
    }
    this.#touched ^= touched
  }

  #userOf(ids: Int32Array, at: number, hash: number): number {
    let user = this.#userTable.find(ids, at, hash)
    if (user === NONE) {
      user = this.#users.add(ids, at)
      this.#userTable.insert(hash, user)
      this.#changes?.clear(user)
    } else if (this.#users.isLeaving(user)) {
      const moved = this.#users.move(user)
      this.#userTable.replace(hash, user, moved)
      this.#changes?.move(user, moved)
      user = moved
    }
    return user
  }

  /** @param key four words from `at` on: the customer's id. */
  read(key: Int32Array, at: number, nowMs: number): RollingSum {
    this.advance(nowMs)
    const user = this.#userTable.find(key, at, hashUuidWords(key, at, this.#hashSeed))
    if (user === NONE) return NOTHING
    return { sumMinor: this.#users.sumMinor(user), count: this.#users.count(user) }
  }

  /**
   * Reads many users, as `read` does one. Where the tables are larger than the processor's cache it is several times
   * faster, for the reason that `addAll` is.
   * @param keys four words each: the customers' ids.
   * @param onRead called with each sum and its count, in order.
   */
  readAll(count: number, keys: Int32Array, nowMs: number, onRead: (sumMinor: SumMinor, count: number) => void): void {
    this.advance(nowMs)
    for (let first = 0; first < count; first += TURN_READS) {
      const end = Math.min(first + TURN_READS, count)
      this.#touchUsers(keys, first, end)
      for (let n = first; n < end; n += 1) {
        const at = n * UUID_WORDS
        let user = this.#found[n - first]!
        // Another user may have the same hash.
        if (user !== NONE && !this.#userTable.hasKey(user, keys, at)) {
          user = this.#userTable.find(keys, at, this.#hashes[n - first]!)
        }
        if (user === NONE) onRead(ZERO_MINOR, 0)
        else onRead(this.#users.sumMinor(user), this.#users.count(user))
      }
    }
  }

  /**
   * Finds a turn's users by their hashes, and reads their records. The loops that wait for memory do nothing else: the
   * shorter they are, the more of their reads does a processor have under way.
   */
  #touchUsers(keys: Int32Array, first: number, end: number): void {
    const { words } = this.#users.pages
    const hashes = this.#hashes
    const found = this.#found
    const count = end - first
    let touched = 0
    for (let n = 0; n < count; n += 1) hashes[n] = hashUuidWords(keys, (first + n) * UUID_WORDS, this.#hashSeed)
    for (let n = 0; n < count; n += 1) touched ^= this.#userTable.touch(hashes[n]!)
    for (let n = 0; n < count; n += 1) found[n] = this.#userTable.firstOf(hashes[n]!)
    for (let n = 0; n < count; n += 1) {
      const user = found[n]!
      if (user !== NONE) touched ^= words[user >> PAGE_SHIFT]![wordOf(user)]!
    }
    this.#touched ^= touched
  }

  /** Moves the clock on and takes off what has expired by then. Reading and adding do it, too. */
  advance(nowMs: number): void {
    if (!(nowMs > this.#nowMs)) return
    // The first slot to take off is the one that was the oldest to count until now; at most the wheel goes round once.
    const last = nowMs - WINDOW_MS - 1
    const first = Math.max(this.#nowMs - WINDOW_MS, last - SLOTS + 1)
    this.#nowMs = nowMs
    for (let timeMs = first; timeMs <= last; timeMs += 1) this.#expire(timeMs & (SLOTS - 1))
  }

  #expire(slot: number): void {
    let event = this.#slots[slot]!
    if (event === NONE) return
    this.#slots[slot] = NONE
    this.#touchSlot(event)
    const { pages } = this.#events
    while (event !== NONE) {
      const words = pages.words[event >> PAGE_SHIFT]!
      const at = wordOf(event)
      const next = words[at + NEXT_WORD]!
      const amountMinor = pages.doubles[event >> PAGE_SHIFT]![(at >> 1) + AMOUNT_DOUBLE]!
      const user = this.#users.removeEvent(words[at + USER_WORD]!, amountMinor)
      if (this.#users.count(user) === 0) this.#forget(user)
      else this.#changes?.noteAgain(user)
      this.#eventTable.remove(hashUuidWords(words, at, this.#hashSeed), event)
      this.#events.release(event)
      event = next
    }
  }

  /** Reads what taking off a slot's events will touch, all at the same time. */
  #touchSlot(first: number): void {
    const { pages } = this.#events
    let touched = 0
    let event = pages.words[first >> PAGE_SHIFT]![wordOf(first) + NEXT_WORD]!
    while (event !== NONE) {
      const words = pages.words[event >> PAGE_SHIFT]!
      const at = wordOf(event)
      touched ^= this.#eventTable.touch(hashUuidWords(words, at, this.#hashSeed))
      touched ^= this.#users.count(words[at + USER_WORD]!)
      event = words[at + NEXT_WORD]!
    }
    this.#touched ^= touched
  }

  #forget(user: number): void {
    const { words } = this.#users.pages
    this.#userTable.remove(hashUuidWords(words[user >> PAGE_SHIFT]!, wordOf(user), this.#hashSeed), user)
    this.#changes?.clear(user)
    this.#users.release(user)
  }

  /**
   * Hands over up to `most` users whose sum changed since the last call, by an event or by an expiry. A user whose last
   * event expired is left out: the last change said when that would be.
   */
  takeChanges(most: number): ChangedSum[] {
    const taken: ChangedSum[] = []
    if (this.#changes === undefined) return taken
    while (taken.length < most) {
      const user = this.#changes.take()
      if (user === NONE) break
      taken.push({
        customerId: formatUuidWords(this.#users.pages.words[user >> PAGE_SHIFT]!, wordOf(user)),
        sumMinor: this.#users.sumMinor(user),
        count: this.#users.count(user),
        countsUntilMs: this.#changes.newestMs(user) + WINDOW_MS,
      })
    }
    return taken
  }

  /** Every user there is counts as changed, for a reader who has lost what was told. One pass over the table. */
  changeAll(): void {
    this.#userTable.forEach((user) => this.#changes?.noteAgain(user))
  }
}
