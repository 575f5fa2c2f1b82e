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
    await this.#take()
    try {
      return await work()
    } finally {
      this.#giveBack()
    }
  }

  /**
   * Waits for a place and keeps it until the signal, for work that outlives a call. A signal that comes first takes the
   * caller out of those who wait.
   * @throws Problem `unavailable` when too many wait already, or the signal has come.
   */
  async hold(until: AbortSignal): Promise<void> {
    if (!until.aborted) {
      await this.#take(until)
      if (!until.aborted) return until.addEventListener('abort', () => this.#giveBack(), { once: true })
      this.#giveBack()
    }
    throw nobodyWaits()
  }

  async #take(until?: AbortSignal): Promise<void> {
    if (this.#running < this.#limit) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= this.#waitingMax) {
      throw unavailable('the server is busy with requests of this kind: try again')
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(enter), 1)
      reject(nobodyWaits())
    }
    const enter = (): void => {
      until?.removeEventListener('abort', leave)
      resolve()
    }
    until?.addEventListener('abort', leave, { once: true })
    this.#waiting.push(enter)
    await promise
  }

  /** A place that is handed on is not given back. */
  #giveBack(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}

const nobodyWaits = () => unavailable('nobody waits for the answer any more')
