import { unavailable } from '@fintech-streams/service'

export interface BatcherLimits {
  /** Batches with one key that run at the same time. */
  readonly concurrency: number
  /** Requests of one batch. */
  readonly batchSizeMax: number
  /** Requests of all keys that wait; more are refused. */
  readonly queueMax: number
}

interface Queued<Request, Response> {
  readonly request: Request
  readonly resolve: (response: Response) => void
  readonly reject: (reason: unknown) => void
}

/** The requests with one key. */
interface Queue<Request, Response> {
  readonly waiting: Queued<Request, Response>[]
  running: number
  /** A batch starts when the event loop's turn ends, with all that has come by then. */
  starting: boolean
}

/**
 * Runs requests with the same key in batches: those that come in one turn of the event loop, and those that come while
 * `concurrency` batches are running. A single request does not wait, and the higher the load, the less each one costs.
 */
export class Batcher<Request, Response> {
  readonly #limits: BatcherLimits
  readonly #keyOf: (request: Request) => string
  readonly #run: (requests: readonly Request[]) => Promise<readonly Response[]>
  readonly #queues = new Map<string, Queue<Request, Response>>()
  #waiting = 0

  /** @param run returns one response per request, in their order; all requests have the same key. */
  constructor(
    limits: BatcherLimits,
    keyOf: (request: Request) => string,
    run: (requests: readonly Request[]) => Promise<readonly Response[]>,
  ) {
    this.#limits = limits
    this.#keyOf = keyOf
    this.#run = run
  }

  /** @throws Problem `unavailable` when `queueMax` requests wait already; otherwise what `run` throws. */
  request(request: Request): Promise<Response> {
    if (this.#waiting >= this.#limits.queueMax) {
      return Promise.reject(unavailable(`${this.#limits.queueMax} requests wait for the database already`))
    }
    return new Promise((resolve, reject) => {
      const key = this.#keyOf(request)
      let queue = this.#queues.get(key)
      if (queue === undefined) this.#queues.set(key, (queue = { waiting: [], running: 0, starting: false }))
      queue.waiting.push({ request, resolve, reject })
      this.#waiting += 1
      if (!queue.starting && queue.running < this.#limits.concurrency) this.#start(key, queue)
    })
  }

  #start(key: string, queue: Queue<Request, Response>): void {
    queue.starting = true
    setImmediate(() => {
      queue.starting = false
      void this.#drain(key, queue)
    })
  }

  async #drain(key: string, queue: Queue<Request, Response>): Promise<void> {
    queue.running += 1
    while (queue.waiting.length > 0) {
      const batch = queue.waiting.splice(0, this.#limits.batchSizeMax)
      this.#waiting -= batch.length
      try {
        const responses = await this.#run(batch.map(({ request }) => request))
        batch.forEach(({ resolve }, index) => resolve(responses[index]!))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    queue.running -= 1
    if (queue.running === 0 && !queue.starting) this.#queues.delete(key)
  }
}
