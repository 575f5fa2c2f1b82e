import { unavailable } from '@fintech-streams/service'

/** Limits concurrency: up to `limit` calls run, up to `waitingMax` wait, the rest are refused with 503. */
export class Semaphore {
  readonly #limit: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limit: number, waitingMax: number) {
    this.#limit = limit
    this.#waitingMax = waitingMax
  }

  /** @throws Problem `unavailable` when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }

  /**
   * Waits for a place, for work that outlives a call.
   * @returns what gives the place back, once.
   * @throws Problem `unavailable` when too many wait already.
   */
  async acquire(): Promise<() => void> {
    if (this.#running < this.#limit) this.#running += 1
    else if (this.#waiting.length < this.#waitingMax) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else throw unavailable('the server is busy with requests of this kind: try again')
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const next = this.#waiting.shift()
      // A place that is handed on is not given back.
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}
