/** Bytes that are not what a reader was told. */
export class EncodingError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'EncodingError'
  }
}

const VARINT_BYTES_MAX = 8

/** Reads what the binary methods of `ByteWriter` wrote. @throws EncodingError beyond the end, and for what is no number. */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length
  }

  byte(): number {
    const { at } = this
    this.#take(1)
    return this.bytes[at]!
  }

  float64(): number {
    const { at } = this
    this.#take(8)
    return this.bytes.readDoubleLE(at)
  }

  varint(): number {
    let value = 0
    let unit = 1
    for (let read = 0; read < VARINT_BYTES_MAX; read += 1) {
      const byte = this.byte()
      value += (byte & 127) * unit
      if (byte < 128 && Number.isSafeInteger(value)) return value
      unit *= 128
    }
    throw new EncodingError(`no number at byte ${this.at}`)
  }

  text(): string {
    const size = this.varint()
    const { at } = this
    this.#take(size)
    return this.bytes.toString('utf8', at, this.at)
  }

  /** Passes over a text. */
  skipText(): void {
    this.#take(this.varint())
  }

  #take(size: number): void {
    if (this.at + size > this.bytes.length) throw new EncodingError(`cut short at byte ${this.bytes.length}`)
    this.at += size
  }
}
