import { DAY_MS } from '@fintech-streams/contracts'
import { type ByteWriter } from '@fintech-streams/records'
import { Dictionary } from './dictionary.ts'
import { EncodedTexts } from './encoded-texts.ts'

/**
 * The source's keys as small integers, each with its latest event time. A key's number is another key's once it is
 * forgotten.
 */
export class Keys {
  readonly #dictionary = new Dictionary()
  readonly #encoded = new EncodedTexts()
  #lastEventTimesMs = new Float64Array(INITIAL)
  #isChanged = new Uint8Array(INITIAL)
  #changed: number[] = []
  #removed: string[] = []
  #sweptDay = Number.NEGATIVE_INFINITY
  readonly #retentionMs: number
  readonly #onForgotten: (key: number) => void

  /** @param retentionMs without an event for this long a key is forgotten. */
  constructor(retentionMs: number, onForgotten: (key: number) => void) {
    this.#retentionMs = retentionMs
    this.#onForgotten = onForgotten
  }

  get size(): number {
    return this.#dictionary.size
  }

  text(key: number): string {
    return this.#dictionary.text(key)
  }

  /** Writes a key as a JSON string. */
  writeJson(key: number, into: ByteWriter): void {
    this.#encoded.writeJson(key, into)
  }

  lastEventTimeMs(key: number): number {
    return this.#lastEventTimesMs[key]!
  }

  /**
   * The number of an event's key, whose state is about to change. A key without an event for the retention starts afresh.
   * @param maxEventTimeMs the partition's largest bounded event time.
   */
  touch(text: string, eventTimeMs: number, maxEventTimeMs: number): number {
    const key = this.numberOf(text)
    const last = this.#lastEventTimesMs[key]!
    if (last < maxEventTimeMs - this.#retentionMs && last !== Number.NEGATIVE_INFINITY) {
      this.#onForgotten(key)
      this.#lastEventTimesMs[key] = eventTimeMs
    } else if (eventTimeMs > last) {
      this.#lastEventTimesMs[key] = eventTimeMs
    }
    if (this.#isChanged[key] === 0) {
      this.#isChanged[key] = 1
      this.#changed.push(key)
    }
    return key
  }

  /** The number of a key, which is added when it is not known. */
  numberOf(text: string): number {
    const known = this.#dictionary.find(text)
    if (known !== -1) return known
    const key = this.#dictionary.add(text)
    if (key === this.#lastEventTimesMs.length) this.#grow()
    this.#encoded.set(key, text)
    this.#lastEventTimesMs[key] = Number.NEGATIVE_INFINITY
    this.#isChanged[key] = 0
    return key
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#lastEventTimesMs.length)
    times.set(this.#lastEventTimesMs)
    this.#lastEventTimesMs = times
    const isChanged = new Uint8Array(times.length)
    isChanged.set(this.#isChanged)
    this.#isChanged = isChanged
  }

  /** Once per day of event time, forgets the keys without an event for the retention. */
  sweep(maxEventTimeMs: number): void {
    const day = Math.floor(maxEventTimeMs / DAY_MS)
    if (day === this.#sweptDay) return
    this.#sweptDay = day
    for (const key of this.#dictionary.numbers()) {
      if (this.#lastEventTimesMs[key]! >= maxEventTimeMs - this.#retentionMs) continue
      this.#removed.push(this.text(key))
      this.#forget(key)
    }
  }

  #forget(key: number): void {
    this.#onForgotten(key)
    this.#dictionary.remove(key)
  }

  /** The keys that changed and those that were forgotten since the last call; one that came back is not forgotten. */
  takeChanges(onForgotten: (text: string) => void, onChanged: (key: number) => void): void {
    for (const text of this.#removed) if (this.#dictionary.find(text) === -1) onForgotten(text)
    for (const key of this.#changed) {
      if (this.#isChanged[key] === 0 || this.#dictionary.find(this.text(key)) !== key) continue
      this.#isChanged[key] = 0
      onChanged(key)
    }
    this.#removed = []
    this.#changed = []
  }

  /** Takes a key in from the changelog. @returns its number. */
  restore(text: string, lastEventTimeMs: number): number {
    const key = this.numberOf(text)
    this.#lastEventTimesMs[key] = lastEventTimeMs
    return key
  }

  /** Takes in that the changelog has a key no more. */
  restoreForgotten(text: string): void {
    const key = this.#dictionary.find(text)
    if (key !== -1) this.#forget(key)
  }
}

const INITIAL = 1_024
