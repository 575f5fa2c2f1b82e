import { hashUuidWords, writeUuidWords } from '@fintech-streams/contracts'

/**
 * Event ids with the event time until which each is remembered: open addressing over typed arrays, 24 bytes a
 * slot and no object an id. Entries behind the horizon count as absent and are dropped when the table is rebuilt.
 */
export class IdSet {
  #slots: number
  #ids: Uint32Array
  /** Minus infinity marks a free slot. */
  #times: Float64Array
  #used = 0
  readonly #id = new Uint32Array(4)
  readonly #onRemembered: (id: Uint32Array, eventTimeMs: number) => void

  /** @param onRemembered called with each id, as four words, that is new or whose expiry moves to a later time. */
  constructor(onRemembered: (id: Uint32Array, eventTimeMs: number) => void, initialSlots = 1024) {
    this.#onRemembered = onRemembered
    this.#slots = initialSlots
    this.#ids = new Uint32Array(initialSlots * 4)
    this.#times = new Float64Array(initialSlots).fill(Number.NEGATIVE_INFINITY)
  }

  /** Slots in use, those behind the horizon included until the next rebuild. */
  get size(): number {
    return this.#used
  }

  /**
   * Remembers an id with its event time, the larger one if it is known already.
   * @param horizonMs entries with an earlier time count as absent.
   * @returns whether the id was remembered already.
   */
  add(uuid: string, eventTimeMs: number, horizonMs: number): boolean {
    const id = this.#id
    writeUuidWords(uuid, id)
    const before = this.#put(id, eventTimeMs, horizonMs)
    if (eventTimeMs > before || before < horizonMs) this.#onRemembered(id, eventTimeMs)
    return before !== Number.NEGATIVE_INFINITY && before >= horizonMs
  }

  /** Remembers an id, four words, that was remembered before; nobody is told. */
  restore(id: Uint32Array, eventTimeMs: number, horizonMs: number): void {
    this.#put(id, eventTimeMs, horizonMs)
  }

  /** @returns the time until which the id was remembered, minus infinity when it was not known. */
  #put(id: Uint32Array, eventTimeMs: number, horizonMs: number): number {
    if (this.#used * 3 >= this.#slots * 2) this.#rebuild(horizonMs)
    const slot = this.#probe(id, 0)
    const before = this.#times[slot]!
    if (before === Number.NEGATIVE_INFINITY) {
      this.#ids.set(id, slot * 4)
      this.#used += 1
    }
    if (eventTimeMs > before || before < horizonMs) this.#times[slot] = eventTimeMs
    return before
  }

  /** The slot of the id whose words are at `from`, or the free one where it belongs. */
  #probe(words: Uint32Array, from: number): number {
    const ids = this.#ids
    const mask = this.#slots - 1
    const a = words[from]!
    const b = words[from + 1]!
    const c = words[from + 2]!
    const d = words[from + 3]!
    for (let slot = hashUuidWords(words, from) & mask; ; slot = (slot + 1) & mask) {
      if (this.#times[slot] === Number.NEGATIVE_INFINITY) return slot
      const at = slot * 4
      if (ids[at] === a && ids[at + 1] === b && ids[at + 2] === c && ids[at + 3] === d) return slot
    }
  }

  #rebuild(horizonMs: number): void {
    const ids = this.#ids
    const times = this.#times
    let live = 0
    for (const time of times) if (time !== Number.NEGATIVE_INFINITY && time >= horizonMs) live += 1
    let slots = 1024
    while (live * 2 > slots) slots *= 2
    this.#slots = slots
    this.#ids = new Uint32Array(slots * 4)
    this.#times = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY)
    this.#used = live
    for (let from = 0; from < times.length; from += 1) {
      const time = times[from]!
      if (time === Number.NEGATIVE_INFINITY || time < horizonMs) continue
      const at = from * 4
      const slot = this.#probe(ids, at)
      this.#ids.set(ids.subarray(at, at + 4), slot * 4)
      this.#times[slot] = time
    }
  }
}
