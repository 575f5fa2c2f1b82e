/** Texts as small integers. The number of a text that was removed is another's later. */
export class Dictionary {
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#numbers.size
  }

  /** The number of a text, -1 when it has none. */
  find(text: string): number {
    return this.#numbers.get(text) ?? -1
  }

  text(number: number): string {
    return this.#texts[number]!
  }

  /** Gives a number to a text that has none. */
  add(text: string): number {
    const number = this.#free.pop() ?? this.#texts.length
    this.#texts[number] = text
    this.#numbers.set(text, number)
    return number
  }

  remove(number: number): void {
    this.#numbers.delete(this.#texts[number]!)
    this.#texts[number] = ''
    this.#free.push(number)
  }

  /** All numbers; the one at hand may be removed meanwhile. */
  numbers(): IterableIterator<number> {
    return this.#numbers.values()
  }
}
