import { Dictionary } from '@fintech-streams/engine'

/** Texts as small integers, each kept for as long as somebody refers to it. */
export class KeptTexts {
  readonly #dictionary = new Dictionary()
  readonly #references: number[] = []

  /** The code of a text, -1 when nobody refers to it. */
  find(text: string): number {
    return this.#dictionary.find(text)
  }

  text(code: number): string {
    return this.#dictionary.text(code)
  }

  /** The code of a text, with one reference more. */
  refer(text: string): number {
    const known = this.#dictionary.find(text)
    const code = known === -1 ? this.#dictionary.add(text) : known
    this.#references[code] = (known === -1 ? 0 : this.#references[code]!) + 1
    return code
  }

  /** Takes a reference back. */
  release(code: number): void {
    this.#references[code]! -= 1
    if (this.#references[code] === 0) this.#dictionary.remove(code)
  }
}
