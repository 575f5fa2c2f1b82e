/** Caches what `load` returns for `ttlMs`: callers within that time get the same promise. */
export class TtlCache<T> {
  readonly #load: () => Promise<T>
  readonly #ttlMs: number
  #loadedMs = -Infinity
  #value: Promise<T> | undefined

  constructor(load: () => Promise<T>, ttlMs: number) {
    this.#load = load
    this.#ttlMs = ttlMs
  }

  async get(): Promise<T> {
    if (this.#value === undefined || performance.now() - this.#loadedMs >= this.#ttlMs) {
      this.#loadedMs = performance.now()
      this.#value = this.#load()
    }
    return this.#value
  }
}
