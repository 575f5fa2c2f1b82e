/** What runs under an id until it is told to end. */
export interface Running {
  /** Resolves when it has ended. */
  readonly done: Promise<void>
  end(): void
}

/**
 * One run at a time under each id that is wanted. An id that is given back while its former run still ends is started when
 * that one has ended: never two at once, and never none.
 */
export class Slots<W, R extends Running> {
  readonly #start: (what: W) => R
  readonly #onEnded: (run: R) => void
  readonly #running = new Map<string, R>()
  readonly #ending = new Set<R>()
  #wanted: ReadonlyMap<string, W> = new Map()

  /** @param onEnded is called with each run that ended because its id was not wanted any more. */
  constructor(start: (what: W) => R, onEnded: (run: R) => void = () => undefined) {
    this.#start = start
    this.#onEnded = onEnded
  }

  /** The ids that are wanted, each with its run; a former one is not its run any more. */
  get wanted(): readonly (readonly [id: string, run: R | undefined])[] {
    return [...this.#wanted.keys()].map((id) => {
      const run = this.#running.get(id)
      return [id, run !== undefined && this.#ending.has(run) ? undefined : run] as const
    })
  }

  /** All that runs, those on their way out among them. */
  get running(): readonly R[] {
    return [...this.#running.values()]
  }

  /** Ends what is not among these, and starts what is. */
  want(wanted: ReadonlyMap<string, W>): void {
    this.#wanted = wanted
    for (const [id, run] of this.#running) if (!wanted.has(id)) void this.#end(id, run)
    for (const id of wanted.keys()) this.#startIfWanted(id)
  }

  /** Ends all and waits until they have ended. */
  async close(): Promise<void> {
    this.want(new Map())
    await Promise.all(this.running.map(({ done }) => done))
  }

  /** The id's former run is over. */
  ended(id: string): void {
    this.#startIfWanted(id)
  }

  #startIfWanted(id: string): void {
    const what = this.#wanted.get(id)
    if (what !== undefined && !this.#running.has(id)) this.#running.set(id, this.#start(what))
  }

  async #end(id: string, run: R): Promise<void> {
    if (this.#ending.has(run)) return
    this.#ending.add(run)
    run.end()
    await run.done
    this.#ending.delete(run)
    this.#running.delete(id)
    this.#onEnded(run)
    this.ended(id)
  }
}
