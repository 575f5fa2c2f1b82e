import { NONE } from './key-table.ts'
import { PAGE_SHIFT, placeOf, type RecordPages } from './record-pages.ts'

/**
 * Which users' sums have changed since somebody took note, each once, and the time of each user's newest event. Both
 * are in one number of the user's record: the time, below zero while the change is to be taken; zero for no user.
 */
export class UserChanges {
  readonly #pages: RecordPages
  /** Those to be taken, and some that are gone or have been taken since. */
  #changed: number[] = []

  constructor(pages: RecordPages) {
    this.#pages = pages
  }

  /** A new user, or a record given up. */
  clear(user: number): void {
    this.#pages.notes[user >> PAGE_SHIFT]![placeOf(user)] = 0
  }

  /** A user got an event. */
  noteEvent(user: number, eventTimeMs: number): void {
    const notes = this.#pages.notes[user >> PAGE_SHIFT]!
    const note = notes[placeOf(user)]!
    notes[placeOf(user)] = -Math.max(Math.abs(note), eventTimeMs)
    if (note >= 0) this.#changed.push(user)
  }

  /** Notes a user with events who lost one, or who must be handed over again. */
  noteAgain(user: number): void {
    const notes = this.#pages.notes[user >> PAGE_SHIFT]!
    const note = notes[placeOf(user)]!
    if (note <= 0) return
    notes[placeOf(user)] = -note
    this.#changed.push(user)
  }

  /** A user is in another record now. */
  move(user: number, to: number): void {
    const notes = this.#pages.notes[user >> PAGE_SHIFT]!
    const note = notes[placeOf(user)]!
    this.#pages.notes[to >> PAGE_SHIFT]![placeOf(to)] = note
    notes[placeOf(user)] = 0
    if (note < 0) this.#changed.push(to)
  }

  /** @returns a user whose change is herewith taken, or `NONE`. */
  take(): number {
    for (let user = this.#changed.pop(); user !== undefined; user = this.#changed.pop()) {
      const notes = this.#pages.notes[user >> PAGE_SHIFT]!
      const note = notes[placeOf(user)] ?? 0
      if (note >= 0) continue
      notes[placeOf(user)] = -note
      return user
    }
    return NONE
  }

  /** The time of a user's newest event. */
  newestMs(user: number): number {
    return Math.abs(this.#pages.notes[user >> PAGE_SHIFT]![placeOf(user)]!)
  }
}
