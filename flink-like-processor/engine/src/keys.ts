import { DAY_MS } from '@fintech-streams/contracts'
import { type ByteWriter } from '@fintech-streams/records'
import { EncodedTexts } from './encoded-texts.ts'

/**
 * The source's keys as small integers, each with its latest event time. A key's number is another key's once it is
 * forgotten.
 */
export class Keys {
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []
  readonly #encoded = new EncodedTexts()
  #lastEventTimesMs = new Float64Array(INITIAL)
  #isChanged = new Uint8Array(INITIAL)
  readonly #free: number[] = []
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
    return this.#numbers.size
  }

  text(key: number): string {
    return this.#texts[key]!
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
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const key = this.#free.pop() ?? this.#texts.length
    if (key === this.#lastEventTimesMs.length) this.#grow()
    this.#texts[key] = text
    this.#encoded.set(key, text)
    this.#numbers.set(text, key)
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
    for (const [text, key] of this.#numbers) {
      if (this.#lastEventTimesMs[key]! >= maxEventTimeMs - this.#retentionMs) continue
      this.#forget(text, key)
      this.#removed.push(text)
    }
  }

  #forget(text: string, key: number): void {
    this.#onForgotten(key)
    this.#numbers.delete(text)
    this.#texts[key] = ''
    this.#free.push(key)
  }

  /** The keys that changed and those that were forgotten since the last call; one that came back is not forgotten. */
  takeChanges(onForgotten: (text: string) => void, onChanged: (key: number) => void): void {
    for (const text of this.#removed) if (!this.#numbers.has(text)) onForgotten(text)
    for (const key of this.#changed) {
      if (this.#isChanged[key] === 0 || this.#numbers.get(this.#texts[key]!) !== key) continue
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
    const key = this.#numbers.get(text)
    if (key !== undefined) this.#forget(text, key)
  }
}

const INITIAL = 1_024
