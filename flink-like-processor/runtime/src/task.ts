import { type Operator, type OperatorCounts } from '@fintech-streams/engine'
import { type SourceRecord, RecordBuffer } from '@fintech-streams/records'
import { type Clock } from '@fintech-streams/service'
import { ChangelogState } from './changelog-state.ts'
import { checkRecovery, type Owner, OWNER_KEY } from './owner.ts'
import { type StandbyState } from './standby.ts'
import { type TaskLog } from './task-log.ts'

/** Whose records a task processes, and for which group. */
export interface TaskIdentity {
  readonly groupId: string
  readonly sourceTopic: string
  readonly partition: number
}

export interface TaskSettings {
  /** How often outputs and offsets are committed. */
  readonly commitIntervalMs: number
  /** How often changed state goes to the changelog. */
  readonly checkpointIntervalMs: number
  /**
   * How much earlier the first checkpoint is than a whole interval. With a different lead each, the tasks of a process
   * take their checkpoints one after the other. All at once would put all state into buffers and pause everything.
   */
  readonly checkpointLeadMs?: number
  /** Records of one commit, at most. */
  readonly commitRecordsMax: number
}

/** A commit that saved state: its duration, and what the state took in the changelog. */
export interface CheckpointReport {
  readonly durationMs: number
  readonly entries: number
  readonly bytes: number
}

export interface RecoveryReport {
  readonly durationMs: number
  readonly stateEntries: number
  readonly replayed: number
  /** Whether it went on from a standby. */
  readonly fromStandby: boolean
  /** Offsets that retention took before the task had processed them. */
  readonly lost: number
}

/** What a task reports, for metrics and logs. */
export interface TaskObserver {
  recovered(report: RecoveryReport): void
  committed(report: { durationMs: number; committedAtMs: number; counts: OperatorCounts }): void
  checkpointed(report: CheckpointReport): void
}

/** A batch that was read from the source. */
export interface Fetched {
  readonly records: readonly SourceRecord[]
  /** The offset after the batch, control records included. */
  readonly nextOffset: number
  /** The leader's epoch of its last record; -1 when it has none. */
  readonly leaderEpoch: number
  /** Told when the records are not read any more. */
  readonly release?: () => void
}

/** Two reads of the source further apart than this do not prove that it was quiet between them. */
const READ_GAP_MAX_MS = 5_000
/** How often wall time is shown to a quiet operator. */
const IDLE_CHECK_MS = 1_000
/** A sleep ends for it; without one of its own, each would cost an exception with its stack. */
const WOKEN = 'woken'
/** Recovery lets other work of the process through after this many records. */
const RECOVERY_SLICE = 2_000

/**
 * One partition's operator, its state and its transactions. A task that failed at anything is thrown away and another
 * one recovers from the log: nothing in memory is trusted after an error.
 */
export class Task {
  // configuration
  readonly #log: TaskLog
  readonly #clock: Clock
  readonly #settings: TaskSettings
  readonly #observer: TaskObserver
  readonly #identity: TaskIdentity

  // transient
  /** Replaced by the standby's in recovery. */
  #operator: Operator
  #standby: StandbyState | undefined
  #newOwner: Owner | undefined
  #topicId: string | undefined
  readonly #changelog = new RecordBuffer()
  #queue: Fetched[] = []
  #queuedRecords = 0
  #wake = new AbortController()
  #stopping = false
  #failure: Error | undefined
  #position = 0
  /** Of the record before the position. */
  #leaderEpoch: number | null = null
  #wasAway = false
  #committedOffset = -1
  #fetchOffset = 0
  #lastCommitMs = Number.NEGATIVE_INFINITY
  #lastCheckpointMs = Number.NEGATIVE_INFINITY
  #lastReadMs = Number.NEGATIVE_INFINITY
  #quietSinceMs = Number.POSITIVE_INFINITY
  #sourceEnd = 0

  constructor(options: {
    /** One that nothing has been told yet. */
    operator: Operator
    /** Where recovery goes on from, if the log is still the one that it followed. */
    standby?: StandbyState | undefined
    log: TaskLog
    clock: Clock
    settings: TaskSettings
    observer: TaskObserver
    identity: TaskIdentity
  }) {
    this.#operator = options.operator
    this.#standby = options.standby
    this.#log = options.log
    this.#clock = options.clock
    this.#settings = options.settings
    this.#observer = options.observer
    this.#identity = options.identity
  }

  /** Where the source is to be read next. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  /** Whether it takes another batch. Two commits' worth may wait. */
  get hasRoom(): boolean {
    return this.#queuedRecords < 2 * this.#settings.commitRecordsMax
  }

  /** The id of the topic that its offsets are of; known once it has recovered. */
  get topicId(): string | undefined {
    return this.#topicId
  }

  /** The offset of the next record to process. */
  get position(): number {
    return this.#position
  }

  /** Records that are in the source and not processed. */
  get lagRecords(): number {
    return Math.max(0, this.#sourceEnd - this.#position)
  }

  get operator(): Operator {
    return this.#operator
  }

  /**
   * Takes ownership and brings the operator to the committed offset: restores the last checkpoint, from a standby's state
   * if there is one, and replays the records since with their outputs discarded, for they are written already.
   */
  async recover(): Promise<void> {
    const startedMs = this.#clock.monotonicMs()
    const committed = await this.#log.acquire()
    const { owner, fromStandby } = await this.#restore()
    const source = await this.#log.source()
    const epoch = committed?.leaderEpoch ?? null
    const epochEnd = epoch === null ? undefined : await this.#log.epochEnd(epoch)
    const restored = this.#operator.restored()
    const { sourceTopic, partition, groupId } = this.#identity
    checkRecovery({
      ...{ sourceTopic, partition, groupId, source, epochEnd, committed: committed?.offset },
      checkpoint: restored?.offset,
      owner,
    })
    const { first } = source
    this.#topicId = source.topicId
    this.#sourceEnd = source.end
    // Written with the first commit: what has an owner and no offset is known to have lost it.
    if (owner === undefined) this.#newOwner = { groupId, topicId: source.topicId }
    // What retention took is gone: recovery goes on with the first record that is left.
    const from = Math.max(restored?.offset ?? first, first)
    const to = committed?.offset ?? from
    let replayed = 0
    await this.#log.readSource(from, to, (record) => {
      this.#operator.process(record)
      replayed += 1
      if (replayed % RECOVERY_SLICE === 0) this.#operator.outputs.clear()
    })
    this.#operator.replayed(to)
    this.#operator.outputs.clear()
    this.#operator.takeCounts()
    this.#leaderEpoch = epoch
    this.#startAt(Math.max(to, first))
    this.#observer.recovered({
      durationMs: this.#clock.monotonicMs() - startedMs,
      stateEntries: this.#operator.stateEntries,
      replayed,
      fromStandby,
      lost: committed === undefined ? 0 : Math.max(0, first - committed.offset),
    })
  }

  /** Takes in the changelog to its end, all of it or what a standby has not seen. Nobody else writes to it any more. */
  async #restore(): Promise<{ owner: Owner | undefined; fromStandby: boolean }> {
    const standby = this.#standby
    this.#standby = undefined
    const fromStandby = standby !== undefined && (await this.#log.holdsChangelog(standby.position))
    const state = fromStandby ? standby.state : new ChangelogState(this.#operator)
    this.#operator = state.operator
    await this.#log.readChangelog(
      (key, value) => state.take(key, value),
      fromStandby ? standby.position.offset : undefined,
    )
    return { owner: state.owner, fromStandby }
  }

  #startAt(offset: number): void {
    const nowMs = this.#clock.monotonicMs()
    this.#position = offset
    this.#fetchOffset = offset
    this.#committedOffset = offset
    this.#lastCheckpointMs = nowMs - (this.#settings.checkpointLeadMs ?? 0)
    this.#quietSinceMs = nowMs
    this.#lastReadMs = nowMs
  }

  /** Where the source's committed records end now, also while nothing of it can be read. */
  sourceEndsAt(offset: number): void {
    this.#sourceEnd = offset
  }

  /**
   * Takes what was read from `fetchOffset` on, and releases it when it is processed.
   * @param endOffset the source's end, up to which committed records can be read.
   */
  offer(fetched: Fetched, endOffset: number): void {
    const { records, nextOffset } = fetched
    const nowMs = this.#clock.monotonicMs()
    const atEnd = nextOffset >= endOffset
    if (records.length > 0 || !atEnd || nowMs - this.#lastReadMs > READ_GAP_MAX_MS) this.#quietSinceMs = nowMs
    this.#lastReadMs = nowMs
    this.sourceEndsAt(endOffset)
    if (nextOffset === this.#fetchOffset) return fetched.release?.()
    this.#fetchOffset = nextOffset
    this.#queue.push(fetched)
    this.#queuedRecords += records.length
    this.#wake.abort(WOKEN)
  }

  /**
   * Processes and commits until `stop`, then commits a last checkpoint.
   * @throws what a commit threw; the task is then to be thrown away.
   */
  async run(): Promise<void> {
    while (!this.#stopping) {
      await this.#untilDue()
      if (this.#failure !== undefined) throw this.#failure
      await this.#cycle(this.#isCheckpointDue())
    }
    await this.#cycle(true)
  }

  /** Asks `run` to end after a last checkpoint. */
  stop(): void {
    this.#stopping = true
    this.#wake.abort(WOKEN)
  }

  /** Makes `run` throw: what the task was to read is not what the source holds. */
  fail(reason: Error): void {
    this.#failure = reason
    this.#wake.abort(WOKEN)
  }

  /** Says that the source could not be read for a while, in which it may have lost its end. */
  sourceWasAway(): void {
    this.#wasAway = true
  }

  async close(): Promise<void> {
    await this.#log.close()
  }

  /** Waits for records, but not past the next look at the wall clock; and for the commit interval, unless it is full. */
  async #untilDue(): Promise<void> {
    if (this.#queue.length === 0) {
      this.#wake = new AbortController()
      await this.#clock.sleep(IDLE_CHECK_MS, this.#wake.signal)
    }
    while (!this.#stopping && this.#queuedRecords < this.#settings.commitRecordsMax) {
      const waitMs = this.#lastCommitMs + this.#settings.commitIntervalMs - this.#clock.monotonicMs()
      if (waitMs <= 0) return
      this.#wake = new AbortController()
      await this.#clock.sleep(waitMs, this.#wake.signal)
    }
  }

  #isCheckpointDue(): boolean {
    return this.#clock.monotonicMs() - this.#lastCheckpointMs >= this.#settings.checkpointIntervalMs
  }

  async #cycle(withCheckpoint: boolean): Promise<void> {
    this.#lastCommitMs = this.#clock.monotonicMs()
    if (this.#wasAway) await this.#requireWholeLog()
    await this.#processQueue()
    this.#lookAtClock()
    const changelog = this.#changelog
    const [steps, stepBytes] = [changelog.count, changelog.size]
    if (withCheckpoint) {
      this.#operator.checkpoint(this.#position, changelog)
      this.#lastCheckpointMs = this.#clock.monotonicMs()
    }
    const [entries, bytes] = [changelog.count - steps, changelog.size - stepBytes]
    const { outputs } = this.#operator
    if (outputs.isEmpty && changelog.count === 0 && this.#position === this.#committedOffset) return
    if (this.#newOwner !== undefined) changelog.add({ key: OWNER_KEY, value: JSON.stringify(this.#newOwner) })
    const position = { offset: this.#position, leaderEpoch: this.#leaderEpoch }
    await this.#log.commit({ outputs, changelog, position })
    outputs.clear()
    changelog.clear()
    this.#newOwner = undefined
    this.#committedOffset = this.#position
    const committedAtMs = this.#clock.nowMs()
    const durationMs = this.#clock.monotonicMs() - this.#lastCommitMs
    this.#observer.committed({ durationMs, committedAtMs, counts: this.#operator.takeCounts() })
    if (entries > 0) this.#observer.checkpointed({ durationMs, entries, bytes })
  }

  /** Processes what is queued, whole batches, up to the bound of one commit. */
  async #processQueue(): Promise<void> {
    let processed = 0
    while (this.#queue.length > 0 && processed < this.#settings.commitRecordsMax) {
      const { records, nextOffset, leaderEpoch, release } = this.#queue[0]!
      if (leaderEpoch > (this.#leaderEpoch ?? leaderEpoch)) await this.#requireWholeLog()
      this.#queue.shift()
      for (const record of records) this.#operator.process(record)
      release?.()
      processed += records.length
      this.#queuedRecords -= records.length
      this.#position = nextOffset
      if (leaderEpoch >= 0) this.#leaderEpoch = leaderEpoch
    }
  }

  /**
   * Another leader's records may stand where others were that are processed: then the log has lost its end and grown
   * again, which its end does not tell. Asked after the source was away, and when a later leader's records come.
   * @throws Error when it has; recovery knows whether what was lost had been committed.
   */
  async #requireWholeLog(): Promise<void> {
    this.#wasAway = false
    const end = this.#leaderEpoch === null ? undefined : await this.#log.epochEnd(this.#leaderEpoch)
    if (end !== undefined && end < this.#position) throw new Error(`the source lost its end, from offset ${end} on`)
  }

  /** Shows wall time to the operator while nothing waits and the source is known to have been quiet. */
  #lookAtClock(): void {
    const nowMs = this.#clock.monotonicMs()
    if (this.#queue.length > 0 || nowMs - this.#lastReadMs > READ_GAP_MAX_MS) return
    const steps = this.#operator.idle({ offset: this.#position, nowMs, quietSinceMs: this.#quietSinceMs })
    for (const step of steps) this.#changelog.add(step)
  }
}
