/** Bytes of the longest text that is kept. */
const BYTES_MAX = 64
const WORDS = BYTES_MAX / 4
const SLOTS_MIN = 1 << 7
const SLOTS_MAX = 1 << 15

/**
 * The texts that were read lately, found by their bytes: most texts of a stream were there before, and to find one costs
 * a third of making it again. Of two texts with one place it has the later; while it may grow, it then does and begins again.
 */
export class TextCache {
  #slots = SLOTS_MIN
  #words = new Int32Array(SLOTS_MIN * WORDS)
  #sizes = new Uint8Array(SLOTS_MIN)
  #texts: string[] = []
  #slot = 0
  #wanted = 0

  /**
   * Finds the text of these bytes.
   * @param view has four bytes more than the text, where there are any.
   * @returns `undefined` when it is not here: then `keep` takes it.
   */
  find(view: DataView, at: number, size: number): string | undefined {
    this.#wanted = 0
    if (size > BYTES_MAX || size < 4) return undefined
    let hash = size
    const last = size - 4
    for (let next = 0; next < last; next += 4) hash = Math.imul(hash ^ view.getInt32(at + next, true), 0x9e3779b1)
    hash = Math.imul(hash ^ view.getInt32(at + last, true), 0x85ebca6b)
    const slot = (hash ^ (hash >>> 15)) & (this.#slots - 1)
    this.#slot = slot
    this.#wanted = size
    if (this.#sizes[slot] !== size) return undefined
    const words = this.#words
    let word = slot * WORDS
    for (let next = 0; next < last; next += 4, word += 1) {
      if (words[word] !== view.getInt32(at + next, true)) return undefined
    }
    return words[word] === view.getInt32(at + last, true) ? this.#texts[slot] : undefined
  }

  /** Keeps the text that `find` did not find, made of the same bytes. */
  keep(view: DataView, at: number, text: string): void {
    const size = this.#wanted
    if (size === 0) return
    if (this.#sizes[this.#slot] !== 0 && this.#slots < SLOTS_MAX) return this.#grow()
    const last = size - 4
    let word = this.#slot * WORDS
    for (let next = 0; next < last; next += 4, word += 1) this.#words[word] = view.getInt32(at + next, true)
    this.#words[word] = view.getInt32(at + last, true)
    this.#sizes[this.#slot] = size
    this.#texts[this.#slot] = text
  }

  #grow(): void {
    this.#slots *= 4
    this.#words = new Int32Array(this.#slots * WORDS)
    this.#sizes = new Uint8Array(this.#slots)
    this.#texts = []
  }
}
