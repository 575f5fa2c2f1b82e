import { type Column } from './columns.ts'
import { type Location, NOWHERE, readLocation } from './location.ts'
import { type RowReader } from './row-reader.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './time.ts'
import { TextCache } from './text-cache.ts'
import { FUTURE_MAX_MS } from './transaction.ts'

/** What stands in a slot. */
const ABSENT = 0
const TEXT = 1
const ESCAPED_TEXT = 2
const NULL = 3
const TRUE = 4
const FALSE = 5
const INTEGER = 6
const EMPTY_ARRAY = 7
const TEXT_ARRAY = 8
const OTHER_NUMBER = 9

const QUOTE = 34
const HYPHEN = 45
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const ZERO = 48
const NINE = 57

const EXPECTED_KEYS_MAX = 64
const KNOWN_TEXTS_MAX = 64
const LOCATIONS_MAX = 8_192
const NO_TEXTS: readonly string[] = []

/** 0 for each byte of a lower-case hexadecimal number, 1 for any other. */
const notHex = new Uint8Array(256).map((_, code) => (/[0-9a-f]/.test(String.fromCharCode(code)) ? 0 : 1))

/** A text and its bytes. */
interface KnownText {
  readonly text: string
  readonly bytes: Buffer
}

/**
 * The fast way to read a row: one pass over the bytes that notes where each column's value stands. It knows only what a
 * connector writes for a good row: one flat object without white space. For anything else, and for anything wrong, it
 * gives up, and the complete reader decides.
 */
export class RowScanner implements RowReader {
  readonly #slotByKey: ReadonlyMap<string, number>
  readonly #createdAt: number
  readonly #op: number
  readonly #sourceTs: number
  readonly #kinds: Uint8Array
  /** Where a value begins and ends, quotes excluded. */
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  /** The keys of the last record, in order, quotes and colon included: those of the next are most probably the same. */
  readonly #expectedKeys: { token: Buffer; view: DataView; slot: number }[] = []
  /** By slot: an enumeration's values, or the texts that were seen. Equal ones are the same object, so cheap to compare. */
  readonly #knownTexts: KnownText[][]
  /** Locations by the text they were written as: there are far fewer places than transactions. */
  readonly #locations = new Map<string, Location>()
  readonly #uuids = new TextCache()
  readonly #texts = new TextCache()
  /** The day that was read last: most rows of a stream are of one day. */
  #lastDay = Buffer.alloc(0)
  #lastDayMs = 0
  readonly #nullWord = Buffer.from('null')
  readonly #trueWord = Buffer.from('true')
  readonly #falseWord = Buffer.from('false')
  #bytes: Buffer = Buffer.alloc(0)
  /** The memory that the row is in, and where it begins there: rows come many in one piece of it. */
  #view: DataView = new DataView(new ArrayBuffer(0))
  #origin = 0
  /** Where the last scanned value ended, -1 when it was none, and its kind. */
  #valueEnd = 0
  #valueKind = ABSENT
  #failed = false
  eventTimeMs = NaN
  changedAtMs = NaN
  isSnapshot = false

  constructor(columns: Readonly<Record<string, Column>>) {
    const names = [...Object.keys(columns), '__op', '__source_ts_ms']
    this.#slotByKey = new Map(names.map((name, slot) => [name, slot]))
    this.#createdAt = names.indexOf('created_at')
    this.#op = names.indexOf('__op')
    this.#sourceTs = names.indexOf('__source_ts_ms')
    this.#kinds = new Uint8Array(names.length)
    this.#starts = new Int32Array(names.length)
    this.#ends = new Int32Array(names.length)
    this.#knownTexts = Object.values(columns).map(({ kind, values = [] }) =>
      kind === 'enumeration' ? values.map((text) => ({ text, bytes: Buffer.from(text) })) : [],
    )
  }

  /**
   * Reads a row by a projection.
   * @param recordTimestampMs stands in for `__source_ts_ms` where a record has none.
   * @returns `undefined` when the complete reader has to look at it.
   */
  read<T>(bytes: Buffer, recordTimestampMs: number, projection: (row: RowReader) => T): T | undefined {
    this.#bytes = bytes
    if (bytes.buffer !== this.#view.buffer) this.#view = new DataView(bytes.buffer)
    this.#origin = bytes.byteOffset
    this.#failed = false
    if (!this.#scan()) return undefined
    const op = bytes[this.#starts[this.#op]!]!
    if (this.#kinds[this.#op] !== TEXT || this.#ends[this.#op]! - this.#starts[this.#op]! !== 1) return undefined
    if (op !== 99 && op !== 114) return undefined
    this.isSnapshot = op === 114
    this.eventTimeMs = this.#instant(this.#createdAt)
    this.changedAtMs = this.#kinds[this.#sourceTs] === ABSENT ? recordTimestampMs : this.#integer(this.#sourceTs)
    // NaN fails the comparison, too.
    if (!(this.eventTimeMs - this.changedAtMs <= FUTURE_MAX_MS)) return undefined
    const value = projection(this)
    return this.#failed ? undefined : value
  }

  // --- columns ---

  uuid({ slot, isUnique }: Column): string {
    if (isUnique !== true) return this.#knownUuid(slot)
    if (!this.#isUuid(slot)) this.#failed = true
    return this.#ascii(slot)
  }

  optionalUuid({ slot }: Column): string | undefined {
    const kind = this.#kinds[slot]
    return kind === NULL || kind === ABSENT ? undefined : this.#knownUuid(slot)
  }

  /** What was checked before is not checked again. */
  #knownUuid(slot: number): string {
    const start = this.#starts[slot]!
    const at = this.#origin + start
    const size = this.#ends[slot]! - start
    const known = this.#kinds[slot] === TEXT && size === 36 ? this.#uuids.find(this.#view, at, size) : undefined
    if (known !== undefined) return known
    const isUuid = this.#isUuid(slot)
    if (!isUuid) this.#failed = true
    const text = this.#ascii(slot)
    if (isUuid) this.#uuids.keep(this.#view, at, text)
    return text
  }

  oneOf<V extends string>({ slot }: Column<'enumeration', V>): V {
    const known = this.#kinds[slot] === TEXT ? this.#knownText(slot) : undefined
    if (known === undefined) this.#failed = true
    return known as V
  }

  minor({ slot }: Column): number {
    const minor = this.#minor(slot)
    if (minor < 0) this.#failed = true
    return minor
  }

  text({ slot, repeats }: Column): string | undefined {
    const kind = this.#kinds[slot]
    if (kind === ESCAPED_TEXT) this.#failed = true
    if (kind !== TEXT || this.#starts[slot] === this.#ends[slot]) return undefined
    return repeats === true ? this.#repeatedText(slot) : this.#recentText(slot)
  }

  flag({ slot }: Column): boolean {
    return this.#kinds[slot] === TRUE
  }

  texts({ slot }: Column): readonly string[] {
    const kind = this.#kinds[slot]
    if (kind === EMPTY_ARRAY || kind === NULL || kind === ABSENT) return NO_TEXTS
    const texts = kind === TEXT_ARRAY ? (JSON.parse(this.#utf8(slot)) as string[]) : undefined
    if (texts !== undefined && !texts.includes('') && new Set(texts).size === texts.length) return texts
    this.#failed = true
    return NO_TEXTS
  }

  location({ slot }: Column): Location {
    const kind = this.#kinds[slot]
    if (kind === NULL || kind === ABSENT) return NOWHERE
    if (kind !== TEXT && kind !== ESCAPED_TEXT) {
      this.#failed = true
      return NOWHERE
    }
    const written = this.#recentText(slot)
    const known = this.#locations.get(written)
    if (known !== undefined) return known
    const location = readLocation(JSON.parse(`"${written}"`))
    if (this.#locations.size >= LOCATIONS_MAX) this.#locations.clear()
    this.#locations.set(written, location)
    return location
  }

  // --- the pass over the bytes ---

  /** Finds every column's value. @returns false when they are not one flat JSON object without white space. */
  #scan(): boolean {
    const bytes = this.#bytes
    this.#kinds.fill(ABSENT)
    const end = bytes.length - 1
    if (bytes[0]! !== 123 || bytes[end]! !== 125) return false
    let at = 1
    for (let member = 0; ; member += 1) {
      const expected = this.#expectedKeys[member]
      let slot: number
      if (expected !== undefined && this.#isKeyAt(expected.token, expected.view, at)) {
        slot = expected.slot
        at += expected.token.length
      } else {
        const keyEnd = this.#plainTextEnd(at)
        if (keyEnd === -1 || bytes[keyEnd + 1]! !== COLON) return false
        slot = this.#slotByKey.get(bytes.toString('utf8', at + 1, keyEnd)) ?? -1
        if (member < EXPECTED_KEYS_MAX) {
          this.#expectedKeys[member] = { ...comparable(bytes.subarray(at, keyEnd + 2)), slot }
        }
        at = keyEnd + 2
      }
      this.#scanValue(at)
      const valueEnd = this.#valueEnd
      if (valueEnd === -1) return false
      if (slot !== -1) {
        const kind = this.#valueKind
        const inner = kind === TEXT || kind === ESCAPED_TEXT ? 1 : 0
        this.#kinds[slot] = kind
        this.#starts[slot] = at + inner
        this.#ends[slot] = valueEnd - inner
      }
      at = valueEnd
      if (at === end) return true
      if (bytes[at]! !== COMMA) return false
      at += 1
    }
  }

  /** Whether a key stands at a place: four bytes at a time, then the rest. */
  #isKeyAt(token: Buffer, view: DataView, at: number): boolean {
    const size = token.length
    if (at + size > this.#bytes.length) return false
    const from = this.#origin + at
    let next = 0
    for (; next + 4 <= size; next += 4) {
      if (this.#view.getInt32(from + next, true) !== view.getInt32(next, true)) return false
    }
    for (; next < size; next += 1) if (this.#bytes[at + next] !== token[next]) return false
    return true
  }

  /** Scans the value at `at`; leaves its kind and its end, which is -1 when it is none of those known here. */
  #scanValue(at: number): void {
    switch (this.#bytes[at]!) {
      case QUOTE:
        return this.#scanText(at)
      case 110:
        return this.#scanWord(at, this.#nullWord, NULL)
      case 116:
        return this.#scanWord(at, this.#trueWord, TRUE)
      case 102:
        return this.#scanWord(at, this.#falseWord, FALSE)
      case 91:
        return this.#scanArray(at)
      default:
        return this.#scanNumber(at)
    }
  }

  #scanWord(at: number, word: Buffer, kind: number): void {
    this.#valueKind = kind
    this.#valueEnd = isAt(this.#bytes, word, at) ? at + word.length : -1
  }

  #scanText(at: number): void {
    const bytes = this.#bytes
    this.#valueKind = TEXT
    for (let next = this.#plainUpTo(at + 1); ; next += 1) {
      const code = bytes[next]!
      if (code === QUOTE) {
        this.#valueEnd = next + 1
        return
      }
      if (code === BACKSLASH) {
        next += 1
        // A quote, a backslash or a slash; the rarer escapes are left to the complete reader.
        const escaped = bytes[next]!
        if (escaped !== QUOTE && escaped !== BACKSLASH && escaped !== 47) break
        this.#valueKind = ESCAPED_TEXT
        // A control character, or the end.
      } else if (!(code >= 32)) break
    }
    this.#valueEnd = -1
  }

  /**
   * Passes over bytes that need no look of their own, four at a time: none of them is a quote, a backslash or a control
   * character. A borrow may make a byte look like one of them, which then is looked at.
   */
  #plainUpTo(at: number): number {
    const view = this.#view
    const origin = this.#origin
    const last = this.#bytes.length - 4
    let next = at
    for (; next <= last; next += 4) {
      const word = view.getInt32(origin + next, true)
      const quotes = word ^ 0x22222222
      const backslashes = word ^ 0x5c5c5c5c
      const found =
        (((quotes - 0x01010101) & ~quotes) |
          ((backslashes - 0x01010101) & ~backslashes) |
          ((word - 0x20202020) & ~word)) &
        0x80808080
      if (found !== 0) break
    }
    return next
  }

  /** The closing quote of a text without escapes that begins at `at`, or -1. */
  #plainTextEnd(at: number): number {
    if (this.#bytes[at]! !== QUOTE) return -1
    this.#scanText(at)
    return this.#valueEnd === -1 || this.#valueKind !== TEXT ? -1 : this.#valueEnd - 1
  }

  #scanArray(at: number): void {
    if (this.#bytes[at + 1]! === 93) {
      this.#valueKind = EMPTY_ARRAY
      this.#valueEnd = at + 2
      return
    }
    let next = at + 1
    for (;;) {
      const closing = this.#plainTextEnd(next)
      next = closing + 1
      const code = this.#bytes[next]!
      if (closing === -1 || (code !== COMMA && code !== 93)) {
        this.#valueEnd = -1
        return
      }
      next += 1
      if (code === 93) break
    }
    this.#valueKind = TEXT_ARRAY
    this.#valueEnd = next
  }

  #scanNumber(at: number): void {
    const bytes = this.#bytes
    const first = bytes[at]! === 45 ? at + 1 : at
    let next = digitsEnd(bytes, first)
    const isWhole = next > first && (next === first + 1 || bytes[first]! !== ZERO)
    this.#valueKind = first === at ? INTEGER : OTHER_NUMBER
    if (isWhole && bytes[next]! === 46) {
      const fractionEnd = digitsEnd(bytes, next + 1)
      this.#valueKind = OTHER_NUMBER
      if (fractionEnd === next + 1) {
        this.#valueEnd = -1
        return
      }
      next = fractionEnd
    }
    // An exponent ends the value here, and what follows is then no comma: the complete reader's.
    this.#valueEnd = isWhole ? next : -1
  }

  // --- values ---

  #isUuid(slot: number): boolean {
    const bytes = this.#bytes
    const start = this.#starts[slot]!
    if (this.#kinds[slot] !== TEXT || this.#ends[slot]! - start !== 36) return false
    const isParted =
      bytes[start + 8] === HYPHEN &&
      bytes[start + 13] === HYPHEN &&
      bytes[start + 18] === HYPHEN &&
      bytes[start + 23] === HYPHEN
    return (
      isParted &&
      isHex(bytes, start, 8) &&
      isHex(bytes, start + 9, 4) &&
      isHex(bytes, start + 14, 4) &&
      isHex(bytes, start + 19, 4) &&
      isHex(bytes, start + 24, 12)
    )
  }

  /** Minor units, or -1 when it is no plain amount that may be counted. */
  #minor(slot: number): number {
    if (this.#kinds[slot] !== TEXT) return -1
    const bytes = this.#bytes
    const start = this.#starts[slot]!
    const end = this.#ends[slot]!
    const point = digitsEnd(bytes, start)
    const fraction = end - point - 1
    if (point === start || end - start > 14 || fraction > 2 || fraction === 0) return -1
    let minor = 0
    for (let at = start; at < point; at += 1) minor = minor * 10 + (bytes[at]! - ZERO)
    if (fraction === -1) return minor * 100
    if (bytes[point]! !== 46 || digitsEnd(bytes, point + 1) !== end) return -1
    minor = minor * 10 + (bytes[point + 1]! - ZERO)
    return fraction === 1 ? minor * 10 : minor * 10 + (bytes[point + 2]! - ZERO)
  }

  /** A whole number, or NaN. */
  #integer(slot: number): number {
    const start = this.#starts[slot]!
    const end = this.#ends[slot]!
    if (this.#kinds[slot] !== INTEGER || end - start > 15) return NaN
    let value = 0
    for (let at = start; at < end; at += 1) value = value * 10 + (this.#bytes[at]! - ZERO)
    return value
  }

  /** Milliseconds, or NaN: `2026-11-20T13:31:00Z` with up to nine digits of a fraction. */
  #instant(slot: number): number {
    const bytes = this.#bytes
    const start = this.#starts[slot]!
    const end = this.#ends[slot]!
    const length = end - start
    if (this.#kinds[slot] !== TEXT || length < 20 || length > 30 || bytes[end - 1]! !== 90) return NaN
    if (this.#lastDay.length === 0 || !isAt(bytes, this.#lastDay, start)) {
      const day = bytes.toString('latin1', start, start + 10)
      if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(day)) return NaN
      const dayMs = Date.parse(`${day}T00:00:00Z`)
      // Some engines read the 31st of a short month as the first of the next.
      if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) return NaN
      this.#lastDay = Buffer.from(day)
      this.#lastDayMs = dayMs
    }
    const hour = pairAt(bytes, start + 11)
    const minute = pairAt(bytes, start + 14)
    const second = pairAt(bytes, start + 17)
    const isSeparated = bytes[start + 10]! === 84 && bytes[start + 13]! === COLON && bytes[start + 16]! === COLON
    if (!isSeparated || !(hour < 24) || !(minute < 60) || !(second < 60)) return NaN
    const fractionMs = length === 20 ? 0 : fractionMsAt(bytes, start + 19, end - 1)
    return this.#lastDayMs + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fractionMs
  }

  #knownText(slot: number): string | undefined {
    const start = this.#starts[slot]!
    const length = this.#ends[slot]! - start
    for (const { text, bytes } of this.#knownTexts[slot]!) {
      if (bytes.length === length && isAt(this.#bytes, bytes, start)) return text
    }
    return undefined
  }

  #repeatedText(slot: number): string {
    const known = this.#knownText(slot)
    if (known !== undefined) return known
    const text = this.#utf8(slot)
    const all = this.#knownTexts[slot]!
    if (all.length < KNOWN_TEXTS_MAX) all.push({ text, bytes: Buffer.from(text) })
    return text
  }

  /** A text, the same object as lately where it was read lately. */
  #recentText(slot: number): string {
    const start = this.#starts[slot]!
    const at = this.#origin + start
    const known = this.#texts.find(this.#view, at, this.#ends[slot]! - start)
    if (known !== undefined) return known
    const text = this.#utf8(slot)
    this.#texts.keep(this.#view, at, text)
    return text
  }

  /** A text that was seen to be ASCII. */
  #ascii(slot: number): string {
    return this.#bytes.toString('latin1', this.#starts[slot], this.#ends[slot])
  }

  #utf8(slot: number): string {
    return this.#bytes.toString('utf8', this.#starts[slot], this.#ends[slot])
  }
}

/** Bytes that are compared with many others. */
function comparable(bytes: Buffer): { token: Buffer; view: DataView } {
  const token = Buffer.from(bytes)
  return { token, view: new DataView(token.buffer, token.byteOffset, token.length) }
}

/** Whether these bytes stand at this place. */
function isAt(bytes: Buffer, token: Buffer, at: number): boolean {
  for (let next = 0; next < token.length; next += 1) if (bytes[at + next] !== token[next]) return false
  return true
}

function digitsEnd(bytes: Buffer, at: number): number {
  let next = at
  for (let code = bytes[next]!; code >= ZERO && code <= NINE; code = bytes[next]!) next += 1
  return next
}

/** Without a branch a byte: a good record has 128 of them. */
function isHex(bytes: Buffer, start: number, length: number): boolean {
  let wrong = 0
  for (let at = start; at < start + length; at += 1) wrong |= notHex[bytes[at]!]!
  return wrong === 0
}

/** Two digits, or NaN. */
function pairAt(bytes: Buffer, at: number): number {
  const tens = bytes[at]! - ZERO
  const ones = bytes[at + 1]! - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

/** The milliseconds of `.123…` between `at` and `end`, or NaN. */
function fractionMsAt(bytes: Buffer, at: number, end: number): number {
  if (bytes[at]! !== 46 || at + 1 === end || digitsEnd(bytes, at + 1) !== end) return NaN
  let ms = 0
  for (let digit = 1; digit <= 3; digit += 1) {
    ms = ms * 10 + (at + digit < end ? bytes[at + digit]! - ZERO : 0)
  }
  return ms
}
