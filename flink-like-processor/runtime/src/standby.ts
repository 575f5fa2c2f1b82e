import { CHANGELOG_DELETES_KEPT_MS } from '@fintech-streams/contracts'
import { type Operator } from '@fintech-streams/engine'
import { type SourceRecord } from '@fintech-streams/records'
import { type Clock, must } from '@fintech-streams/service'
import { ChangelogState } from './changelog-state.ts'
import { type ChangelogFeed, type ChangelogPosition } from './task-log.ts'

/** Entries of one turn: a live task waits for a millisecond or two. */
const TURN_ENTRIES = 250
const RETRY_MS = 5_000

/** What a task goes on from instead of an empty operator. */
export interface StandbyState {
  readonly state: ChangelogState
  readonly position: ChangelogPosition
}

/**
 * Turns of a process's standbys, one at a time. After each, as much time as it took is left to live tasks, so that
 * however many standbys there are, they take half of the process at most.
 */
export class StandbyTurns {
  readonly #clock: Clock
  readonly #hasLiveTasks: () => boolean
  #last: Promise<void> = Promise.resolve()

  constructor(clock: Clock, hasLiveTasks: () => boolean) {
    this.#clock = clock
    this.#hasLiveTasks = hasLiveTasks
  }

  /** @throws what `work` throws. */
  async take(work: () => void): Promise<void> {
    const turn = this.#last.then(async () => {
      const startedMs = this.#clock.monotonicMs()
      work()
      const tookMs = this.#clock.monotonicMs() - startedMs
      await this.#clock.sleep(this.#hasLiveTasks() ? Math.max(1, tookMs) : 0)
    })
    this.#last = turn.catch(() => undefined)
    await turn
  }
}

/**
 * Follows the changelog of a task that another process owns. It owns nothing and writes nothing. Its state may end in the
 * middle of a transaction: whoever takes it over reads on to the changelog's end.
 */
export class Standby {
  readonly #createOperator: () => Operator
  readonly #openFeed: () => ChangelogFeed
  readonly #clock: Clock
  readonly #turns: StandbyTurns
  readonly #onTrouble: (error: unknown) => void
  readonly #ending = new AbortController()

  #state: ChangelogState | undefined
  #position: ChangelogPosition | undefined
  #endOffset = Number.POSITIVE_INFINITY
  /** When the log's end was known to be reached last, or reading begun. */
  #completeAtMs = 0

  constructor(options: {
    createOperator: () => Operator
    openFeed: () => ChangelogFeed
    clock: Clock
    turns: StandbyTurns
    /** Told why it begins again. */
    onTrouble: (error: unknown) => void
  }) {
    this.#createOperator = options.createOperator
    this.#openFeed = options.openFeed
    this.#clock = options.clock
    this.#turns = options.turns
    this.#onTrouble = options.onTrouble
  }

  /** Offsets of the changelog that it has not taken in; infinite before it has read any. */
  get lagEntries(): number {
    return this.#position === undefined ? Infinity : Math.max(0, this.#endOffset - this.#position.offset)
  }

  /** For metrics: entries in state. */
  get stateEntries(): number {
    return this.#state?.operator.stateEntries ?? 0
  }

  /** Follows until it is taken or ended, from the beginning again after every trouble. */
  async run(): Promise<void> {
    while (!this.#isEnded) {
      const feed = this.#openFeed()
      try {
        await this.#follow(feed)
      } catch (error) {
        if (!this.#isEnded) this.#onTrouble(error)
      }
      if (!this.#isEnded) this.#forget()
      await feed.close()
      await this.#clock.sleep(RETRY_MS, this.#ending.signal)
    }
  }

  /** Ends it. @returns what it has, once; nothing when that is not to be trusted. */
  take(): StandbyState | undefined {
    const [state, position] = [this.#state, this.#position]
    const isFresh = this.#isFresh
    this.end()
    return state === undefined || position === undefined || !isFresh ? undefined : { state, position }
  }

  /** Ends it and frees its state. */
  end(): void {
    this.#ending.abort()
    this.#forget()
  }

  get #isEnded(): boolean {
    return this.#ending.signal.aborted
  }

  /**
   * Whether it has seen every removal of a key: the log forgets these a while after they were written, and one who comes
   * later would keep what was removed.
   */
  get #isFresh(): boolean {
    return this.#clock.monotonicMs() - this.#completeAtMs < CHANGELOG_DELETES_KEPT_MS
  }

  #forget(): void {
    this.#state = undefined
    this.#position = undefined
    this.#endOffset = Number.POSITIVE_INFINITY
  }

  async #follow(feed: ChangelogFeed): Promise<void> {
    this.#completeAtMs = this.#clock.monotonicMs()
    const position = await feed.begin()
    if (this.#isEnded) return
    this.#state = new ChangelogState(this.#createOperator())
    this.#position = position
    while (!this.#isEnded) {
      const askedMs = this.#clock.monotonicMs()
      const { entries, next, endOffset, release } = await feed.next(must(this.#position))
      await this.#takeIn(entries)
      release?.()
      if (this.#isEnded) return
      if (!this.#isFresh) throw new Error('the end of the changelog was not reached in time')
      this.#position = next
      this.#endOffset = endOffset
      if (next.offset >= endOffset) this.#completeAtMs = askedMs
    }
  }

  async #takeIn(entries: readonly SourceRecord[]): Promise<void> {
    for (let from = 0; from < entries.length && !this.#isEnded; from += TURN_ENTRIES) {
      await this.#turns.take(() => this.#takeSlice(entries.slice(from, from + TURN_ENTRIES)))
    }
  }

  /** In one go with its position: whoever takes the state takes both. */
  #takeSlice(entries: readonly SourceRecord[]): void {
    const [state, position, last] = [this.#state, this.#position, entries.at(-1)]
    if (state === undefined || position === undefined || last === undefined) return
    this.#position = undefined
    for (const { key, value } of entries) if (key !== null) state.take(key.toString(), value)
    this.#position = { ...position, offset: last.offset + 1 }
  }
}
