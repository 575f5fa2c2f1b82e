import { type ByteWriter, COPY_SLACK } from '@fintech-streams/records'

const INITIAL_BYTES = 1 << 12
const INITIAL_TEXTS = 64

/** Texts by number, as the bytes of their JSON: where one is written, they are copied. */
export class EncodedTexts {
  #bytes = Buffer.alloc(INITIAL_BYTES)
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
  #used = 0
  #starts = new Int32Array(INITIAL_TEXTS)
  #sizes = new Int32Array(INITIAL_TEXTS)

  /** Sets the text of a number; one that is no longer than the former text of it takes its place. */
  set(number: number, text: string): void {
    const json = JSON.stringify(text)
    if (number >= this.#starts.length) this.#growTexts(number)
    const size = Buffer.byteLength(json)
    if (size > this.#sizes[number]!) {
      if (this.#used + size + COPY_SLACK > this.#bytes.length) this.#growBytes(size)
      this.#starts[number] = this.#used
      this.#used += size
    }
    this.#sizes[number] = size
    this.#bytes.write(json, this.#starts[number]!)
  }

  /** Writes a text as a JSON string. */
  writeJson(number: number, into: ByteWriter): void {
    into.copyFrom(this.#view, this.#starts[number]!, this.#sizes[number]!)
  }

  #growTexts(number: number): void {
    const places = Math.max(2 * this.#starts.length, number + 1)
    const [starts, sizes] = [new Int32Array(places), new Int32Array(places)]
    starts.set(this.#starts)
    sizes.set(this.#sizes)
    this.#starts = starts
    this.#sizes = sizes
  }

  #growBytes(size: number): void {
    const grown = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#used + size + COPY_SLACK))
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer, grown.byteOffset, grown.length)
  }
}
