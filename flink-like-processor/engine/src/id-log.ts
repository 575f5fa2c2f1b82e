import { MINUTE_MS } from '@fintech-streams/contracts'
import { type RecordBuffer } from '@fintech-streams/records'

export const IDS_PREFIX = 'ids/'
/** An id's four words, and the milliseconds of its event time within the minute. */
const WORDS = 5
/** A quarter of a megabyte: well below what a broker takes as one record. */
const IDS_PER_ENTRY = 10_000
/** The changelog has little-endian words. */
const IS_BIG_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 0

/** Ids of one event-time minute. */
interface Minute {
  readonly minute: number
  /** Those since the last checkpoint. */
  fresh: Uint32Array
  count: number
  /** Entries that the changelog has of them. */
  entries: number
}

/**
 * What the changelog has to hold of the remembered ids: each checkpoint adds those since the last, by the minute of their
 * event times, so that a minute's entries are removed when it is behind the horizon and none is ever written again.
 */
export class IdLog {
  readonly #minutes = new Map<number, Minute>()
  /** Where most ids go. */
  #latest: Minute | undefined

  add(id: Uint32Array, eventTimeMs: number): void {
    const number = Math.floor(eventTimeMs / MINUTE_MS)
    const minute = this.#latest?.minute === number ? this.#latest : (this.#latest = this.#minute(number))
    const at = minute.count * WORDS
    if (at === minute.fresh.length) minute.fresh = grown(minute.fresh)
    const { fresh } = minute
    fresh[at] = id[0]!
    fresh[at + 1] = id[1]!
    fresh[at + 2] = id[2]!
    fresh[at + 3] = id[3]!
    fresh[at + 4] = eventTimeMs - number * MINUTE_MS
    minute.count += 1
  }

  /** Writes the ids since the last call, and removes minutes that are wholly behind the horizon. */
  writeChanges(changelog: RecordBuffer, horizonMs: number): void {
    for (const minute of this.#minutes.values()) {
      if ((minute.minute + 1) * MINUTE_MS <= horizonMs) this.#forget(minute, changelog)
      else writeFresh(minute, changelog)
    }
  }

  /** Shows the ids of an entry with their event times, and goes on behind it. */
  restore(key: string, value: string, onId: (id: Uint32Array, eventTimeMs: number) => void): void {
    const [number = NaN, entry = NaN] = key.slice(IDS_PREFIX.length).split('/').map(Number)
    const minute = this.#minute(number)
    minute.entries = Math.max(minute.entries, entry + 1)
    const words = decoded(value)
    for (let at = 0; at < words.length; at += WORDS) {
      onId(words.subarray(at, at + WORDS - 1), number * MINUTE_MS + words[at + WORDS - 1]!)
    }
  }

  /** Takes in that the changelog has an entry no more, and so none of its minute. */
  restoreForgotten(key: string): void {
    const minute = Number(key.slice(IDS_PREFIX.length).split('/')[0])
    this.#minutes.delete(minute)
    if (this.#latest?.minute === minute) this.#latest = undefined
  }

  #minute(number: number): Minute {
    let minute = this.#minutes.get(number)
    if (minute === undefined) {
      minute = { minute: number, fresh: new Uint32Array(256 * WORDS), count: 0, entries: 0 }
      this.#minutes.set(number, minute)
    }
    return minute
  }

  #forget({ minute, entries }: Minute, changelog: RecordBuffer): void {
    for (let entry = 0; entry < entries; entry += 1) changelog.add({ key: keyOf(minute, entry), value: null })
    this.#minutes.delete(minute)
    if (this.#latest?.minute === minute) this.#latest = undefined
  }
}

const keyOf = (minute: number, entry: number): string => `${IDS_PREFIX}${minute}/${entry}`

function writeFresh(minute: Minute, changelog: RecordBuffer): void {
  for (let first = 0; first < minute.count; first += IDS_PER_ENTRY) {
    const words = minute.fresh.subarray(first * WORDS, Math.min(minute.count, first + IDS_PER_ENTRY) * WORDS)
    changelog.ascii(keyOf(minute.minute, minute.entries))
    changelog.endKey()
    changelog.ascii(encoded(words))
    changelog.endValue()
    minute.entries += 1
  }
  minute.count = 0
}

function encoded(words: Uint32Array): string {
  const bytes = Buffer.copyBytesFrom(words)
  return (IS_BIG_ENDIAN ? bytes.swap32() : bytes).toString('base64')
}

function decoded(value: string): Uint32Array {
  const bytes = Buffer.from(value, 'base64')
  // In memory of its own, where words are aligned.
  return new Uint32Array(new Uint8Array(IS_BIG_ENDIAN ? bytes.swap32() : bytes).buffer)
}

function grown(words: Uint32Array): Uint32Array {
  const larger = new Uint32Array(2 * words.length)
  larger.set(words)
  return larger
}
