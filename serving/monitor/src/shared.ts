/** Asks at most once in a while: whoever asks within that time gets the same answer. */
export class Shared<T> {
  readonly #ask: () => Promise<T>
  readonly #forMs: number
  #askedAtMs = -Infinity
  #answer: Promise<T> | undefined

  constructor(ask: () => Promise<T>, forMs: number) {
    this.#ask = ask
    this.#forMs = forMs
  }

  async get(): Promise<T> {
    if (this.#answer === undefined || performance.now() - this.#askedAtMs >= this.#forMs) {
      this.#askedAtMs = performance.now()
      this.#answer = this.#ask()
    }
    return this.#answer
  }
}
