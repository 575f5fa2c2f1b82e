/** Texts as small integers, each kept for as long as somebody refers to it. */
export class KeptTexts {
  readonly #codes = new Map<string, number>()
  readonly #texts: string[] = []
  readonly #references: number[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#codes.size
  }

  /** The code of a text, -1 when nobody refers to it. */
  find(text: string): number {
    return this.#codes.get(text) ?? -1
  }

  text(code: number): string {
    return this.#texts[code]!
  }

  /** The code of a text, with one reference more. */
  refer(text: string): number {
    let code = this.#codes.get(text)
    if (code === undefined) {
      code = this.#free.pop() ?? this.#texts.length
      this.#texts[code] = text
      this.#references[code] = 0
      this.#codes.set(text, code)
    }
    this.#references[code]! += 1
    return code
  }

  /** Takes a reference back. */
  release(code: number): void {
    this.#references[code]! -= 1
    if (this.#references[code] !== 0) return
    this.#codes.delete(this.#texts[code]!)
    this.#texts[code] = ''
    this.#free.push(code)
  }
}
