import { unavailable } from '@fintech-streams/service'

/** Lets so many do something at once; others wait for their turn, and beyond a bound they are refused. */
export class Turns {
  readonly #atOnce: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #taken = 0

  constructor(atOnce: number, waitingMax: number) {
    this.#atOnce = atOnce
    this.#waitingMax = waitingMax
  }

  /** @throws Problem `unavailable` when too many wait already. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#atOnce) this.#taken += 1
    else if (this.#waiting.length < this.#waitingMax) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else throw unavailable('too many ask for this at once: try again')
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // A turn that is handed on is not given back.
      if (next === undefined) this.#taken -= 1
      else next()
    }
  }
}
