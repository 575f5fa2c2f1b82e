const QUOTE = 34
const BACKSLASH = 92
/** A text longer than this is copied by the machine's own code, a shorter one sooner character by character. */
const COPIED_MIN = 96
const INITIAL_BYTES = 4_096

/**
 * Writes UTF-8 text into a growing buffer. Results and state go from here to the broker as they are: as strings they
 * would be built as trees, flattened, measured and copied, and what waits for a commit would be copied by the garbage
 * collector, too.
 */
export class ByteWriter {
  bytes: Buffer
  /** Where the next byte goes. */
  length = 0

  constructor(initialBytes = INITIAL_BYTES) {
    this.bytes = Buffer.allocUnsafe(initialBytes)
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + bytes))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
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

  /** Writes a number as JSON does: what is not finite becomes null. */
  number(value: number): void {
    this.ascii(Number.isFinite(value) ? String(value) : 'null')
  }

  /** Writes any JSON value. */
  anyJson(value: unknown): void {
    this.utf8(JSON.stringify(value))
  }

  /** Forgets everything that was written. */
  clear(): void {
    this.length = 0
  }
}
