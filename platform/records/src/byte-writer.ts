const QUOTE = 34
const BACKSLASH = 92
/** A text longer than this is copied by the machine's own code, a shorter one sooner character by character. */
const COPIED_MIN = 96
const INITIAL_BYTES = 4_096
const ZERO = 48
/** Numbers beyond this are written in two parts, each of which is a small integer to the machine. */
const PART = 1e9
const PART_DIGITS = 9
const MAX_SAFE_DIGITS = 16
const VARINT_BYTES_MAX = 8
const MAX_INT = 0x7fffffff

/** Reads four bytes at a time go up to this far beyond the end of what is copied. */
export const COPY_SLACK = 3

/** A text's bytes, encoded once for many writes. */
export class Literal {
  readonly view: DataView
  readonly size: number

  constructor(text: string) {
    const bytes = Buffer.from(text)
    this.size = bytes.length
    this.view = new DataView(new ArrayBuffer(bytes.length + COPY_SLACK))
    bytes.copy(new Uint8Array(this.view.buffer))
  }
}

/**
 * Writes UTF-8 text into a growing buffer. Results and state go from here to the broker as they are: as strings they
 * would be built as trees, flattened, measured and copied, and what waits for a commit would be copied by the garbage
 * collector, too.
 */
export class ByteWriter {
  bytes: Buffer
  /** The same memory. */
  protected view: DataView
  /** Where the next byte goes. */
  length = 0
  /** Up to here `bytes` may be written. */
  protected limit: number

  constructor(initialBytes = INITIAL_BYTES) {
    this.bytes = Buffer.allocUnsafe(initialBytes)
    this.view = viewOf(this.bytes)
    this.limit = initialBytes
  }

  #room(bytes: number): void {
    if (this.length + bytes > this.limit) this.makeRoom(bytes)
  }

  /** Grows the buffer so that `bytes` more bytes fit behind `length`. */
  protected makeRoom(bytes: number): void {
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + bytes))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
    this.view = viewOf(grown)
    this.limit = grown.length
  }

  /** Writes a text of ASCII characters as it is. */
  ascii(text: string): void {
    const size = text.length
    this.#room(size)
    const { bytes, length } = this
    if (size > COPIED_MIN) bytes.write(text, length, size, 'latin1')
    else for (let at = 0; at < size; at += 1) bytes[length + at] = text.charCodeAt(at)
    this.length = length + size
  }

  /** Writes a text that was encoded before. */
  literal({ view, size }: Literal): void {
    this.copyFrom(view, 0, size)
  }

  /**
   * Writes bytes as they are, four at a time: a character at a time is eight times as slow, and a copy by the machine's own code
   * pays off for long texts only. The source has `COPY_SLACK` more bytes behind them.
   */
  copyFrom(source: DataView, from: number, size: number): void {
    this.#room(size + COPY_SLACK)
    const { view, length } = this
    for (let at = 0; at < size; at += 4) view.setInt32(length + at, source.getInt32(from + at, true), true)
    this.length = length + size
  }

  /** Writes any text as it is. */
  utf8(text: string): void {
    this.#room(3 * text.length)
    this.length += this.bytes.write(text, this.length, 'utf8')
  }

  /** Writes a text as a JSON string. */
  json(text: string): void {
    const size = text.length
    this.#room(size + 2)
    const { bytes, length } = this
    bytes[length] = QUOTE
    for (let at = 0; at < size; at += 1) {
      const code = text.charCodeAt(at)
      // Anything beyond ASCII might be half of a surrogate pair.
      if (code < 32 || code > 126 || code === QUOTE || code === BACKSLASH) {
        this.utf8(JSON.stringify(text))
        return
      }
      bytes[length + 1 + at] = code
    }
    bytes[length + 1 + size] = QUOTE
    this.length = length + size + 2
  }

  /** Writes an ASCII text that needs no escapes as a JSON string: an id's. */
  quoted(text: string): void {
    const size = text.length
    this.#room(size + 2)
    const { bytes, length } = this
    bytes[length] = QUOTE
    bytes.write(text, length + 1, size, 'latin1')
    bytes[length + 1 + size] = QUOTE
    this.length = length + size + 2
  }

  /** Writes a whole number below 2³¹ with exactly `digits` digits, zeros in front. */
  digits(value: number, digits: number): void {
    this.#room(digits)
    this.#part(value, digits)
  }

  /** Writes a number as JSON does: what is not finite becomes null. */
  number(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER && Number.isInteger(value)) this.#digits(value)
    else this.ascii(Number.isFinite(value) ? String(value) : 'null')
  }

  /** Most numbers are counts, cents and times: their digits need no text in between. */
  #digits(value: number): void {
    this.#room(MAX_SAFE_DIGITS)
    const high = value < PART ? 0 : Math.floor(value / PART)
    if (high > 0) this.#part(high, digitsOf(high))
    const low = value - high * PART
    this.#part(low, high > 0 ? PART_DIGITS : digitsOf(low))
  }

  /** Writes an integer below 2³¹ with `digits` digits, zeros in front. */
  #part(value: number, digits: number): void {
    let rest = value | 0
    for (let at = this.length + digits - 1; at >= this.length; at -= 1) {
      const next = (rest / 10) | 0
      this.bytes[at] = ZERO + rest - 10 * next
      rest = next
    }
    this.length += digits
  }

  /** Writes texts as a JSON array. */
  texts(values: readonly string[]): void {
    this.ascii('[')
    for (let at = 0; at < values.length; at += 1) {
      if (at > 0) this.ascii(',')
      this.json(values[at]!)
    }
    this.ascii(']')
  }

  /** Writes any JSON value. */
  anyJson(value: unknown): void {
    this.utf8(JSON.stringify(value))
  }

  /** Writes bytes as they are. */
  copy(from: Uint8Array): void {
    this.#room(from.length)
    this.bytes.set(from, this.length)
    this.length += from.length
  }

  // --- binary, for `ByteReader` ---

  byte(value: number): void {
    this.#room(1)
    this.bytes[this.length] = value
    this.length += 1
  }

  /** Any number, in eight bytes. */
  float64(value: number): void {
    this.#room(8)
    this.length = this.bytes.writeDoubleLE(value, this.length)
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte. */
  varint(value: number): void {
    this.#room(VARINT_BYTES_MAX)
    const { bytes } = this
    let at = this.length
    let rest = value
    while (rest > MAX_INT) {
      bytes[at] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
      at += 1
    }
    while (rest > 127) {
      bytes[at] = (rest & 127) | 128
      rest >>= 7
      at += 1
    }
    bytes[at] = rest
    this.length = at + 1
  }

  /** A text with its length in front. */
  text(value: string): void {
    const size = value.length
    if (size > COPIED_MIN) return this.#longText(value)
    this.#room(2 + size)
    const { bytes, length } = this
    for (let at = 0; at < size; at += 1) {
      const code = value.charCodeAt(at)
      if (code > 127) return this.#longText(value)
      bytes[length + 1 + at] = code
    }
    bytes[length] = size
    this.length = length + 1 + size
  }

  #longText(value: string): void {
    this.varint(Buffer.byteLength(value))
    this.utf8(value)
  }

  /** Forgets everything that was written. */
  clear(): void {
    this.length = 0
  }
}

/** How many digits an integer below 10⁹ has. */
function digitsOf(value: number): number {
  let digits = 1
  for (let limit = 10; limit <= value; limit *= 10) digits += 1
  return digits
}

export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)
