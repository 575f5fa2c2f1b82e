import { MalformedRecord, MINUTE_MS, PARTIALS_TOPIC, seconds } from '@fintech-streams/contracts'
import { type Entry, OutputBuffer, type RecordBuffer, type SourceRecord } from '@fintech-streams/records'
import { deadLetter } from './dead-letter.ts'
import { DuplicateFilter } from './duplicate-filter.ts'
import { type EventStream, type TimedEvent } from './event.ts'
import { IDS_PREFIX } from './id-log.ts'
import { type EventJob, isEventJob, isWindowJob, type Job, type WindowJob } from './job.ts'
import { JobWindows } from './job-windows.ts'
import { KEY_PREFIX, KeyWindows } from './key-windows.ts'
import { Keys } from './keys.ts'
import { LAYOUT_PREFIX, Layouts } from './layouts.ts'
import { lateBeyondHorizon, type LateEvent, lateForWindow } from './late.ts'
import {
  count,
  type IdleClock,
  type JobCounts,
  type Operator,
  OperatorCounts,
  type RestoredPosition,
} from './operator.ts'
import { columnContext } from './operator-context.ts'
import { partialKey, partitionOf, type SourceEmpty, type SourceWatermark, writePartial } from './partials.ts'
import { WindowResults, writeEventResult } from './results.ts'
import { PAIRS_PREFIX, SHARED_PREFIX, SharedWindows } from './shared-windows.ts'
import { checkStateVersion, STATE_VERSION } from './state-version.ts'
import { type Texts } from './texts.ts'
import { boundedTime, IDLE_AFTER_MS, Watermark, windowStart } from './watermark.ts'
import { type WindowTable } from './window-table.ts'

const MARKER_KEY = 'marker'
const IDLE_KEY = 'idle'
/** How often a partition that never had a record says so, in wall time. */
const EMPTY_NOTICE_MS = seconds(10)

interface Marker {
  v: number
  offset: number
  watermark: { max: number | null; idle: number | null }
}

/** An advance of the watermark by wall time, at the offset of the record that was to come next. */
type IdleStep = [offset: number, watermarkMs: number]

/** A job and the counters that its events go to until they are taken. */
interface Running<J> {
  readonly job: J
  counts: JobCounts
}

/** A window job, with its windows. */
interface RunningWindows<E> extends Running<WindowJob<E>> {
  readonly windows: JobWindows<E>
}

export interface SourceOperatorOptions<E extends TimedEvent, S> extends EventStream<E, S> {
  readonly jobs: readonly Job<E, S>[]
  readonly partition: number
  /** Partitions of the partials topic, and of the result topics. */
  readonly outputPartitions: number
}

/**
 * Stage 1: everything that one partition of the source decides by itself. Jobs that judge each event and windows of the
 * source's own key finish here; windows of other keys are aggregated here and sent on as partial aggregates when they
 * close.
 *
 * Its state depends on the partition's records in order and on nothing else but the idle steps, which it hands out to
 * be logged at the offset where they take effect.
 */
export class SourceOperator<E extends TimedEvent, S> implements Operator {
  // configuration
  readonly #options: SourceOperatorOptions<E, S>
  readonly #eventJobs: readonly Running<EventJob<E, S>>[]
  readonly #localJobs: readonly RunningWindows<E>[]
  readonly #sharedJobs: readonly RunningWindows<E>[]
  readonly #resultPartition: number
  /** The size of the largest windows. */
  readonly #longestMs: number

  // transient
  readonly outputs = new OutputBuffer()
  readonly #windowResults = new WindowResults()
  #counts = new OperatorCounts()
  /** Every window ends at a whole minute, so nothing closes before the watermark reaches the next one. */
  #nextBoundaryMs = Number.NEGATIVE_INFINITY
  #emptyNoticeAtMs = Number.NEGATIVE_INFINITY
  #checkpointOffset = -1
  #replaySteps: IdleStep[] = []

  // checkpointed
  readonly #watermark = new Watermark()
  readonly #texts: Texts
  readonly #keys: Keys
  readonly #local: KeyWindows<E, S>
  readonly #shared: SharedWindows<E>
  readonly #duplicates = new DuplicateFilter()
  readonly #layouts = new Layouts()
  #idleSteps: IdleStep[] = []

  constructor(options: SourceOperatorOptions<E, S>) {
    this.#options = options
    const { features } = options
    const windowJobs = options.jobs.filter(isWindowJob)
    this.#longestMs = Math.max(0, ...windowJobs.map(({ window }) => window.sizeMs))
    // Not while a window of the key may be open.
    const retentionMs = Math.max(features.retentionMs, 2 * this.#longestMs)
    this.#keys = new Keys(retentionMs, (key) => features.forget(key))
    const context = columnContext((key) => this.#keys.text(key))
    this.#texts = context.texts
    const local = windowJobs.filter(({ isLocal }) => isLocal).map((job) => new JobWindows(job, context))
    const shared = windowJobs.filter(({ isLocal }) => !isLocal).map((job) => new JobWindows(job, context))
    this.#local = new KeyWindows(local, features, this.#keys, context.texts)
    this.#shared = new SharedWindows(shared, context.texts, this.#keys)
    this.#eventJobs = options.jobs.filter(isEventJob).map((job) => ({ job, counts: this.#counts.job(job.id) }))
    this.#localJobs = local.map((windows) => this.#running(windows))
    this.#sharedJobs = shared.map((windows) => this.#running(windows))
    this.#resultPartition = options.partition % options.outputPartitions
  }

  #running(windows: JobWindows<E>): RunningWindows<E> {
    return { job: windows.job, counts: this.#counts.job(windows.job.id), windows }
  }

  get watermarkMs(): number {
    return this.#watermark.currentMs
  }

  get stateEntries(): number {
    return this.#keys.size + this.#shared.openWindows
  }

  get openWindows(): number {
    return this.#local.openWindows + this.#shared.openWindows
  }

  takeCounts(): OperatorCounts {
    const counts = this.#counts
    this.#counts = new OperatorCounts()
    for (const running of [...this.#eventJobs, ...this.#localJobs, ...this.#sharedJobs]) {
      running.counts = this.#counts.job(running.job.id)
    }
    return counts
  }

  // --- records ---

  process(record: SourceRecord): void {
    this.#replayStepsUpTo(record.offset)
    this.#counts.consumed += 1
    let event: E | string
    try {
      event = this.#options.decode(record)
    } catch (error) {
      this.#deadLetter(record, error)
      return
    }
    if (typeof event === 'string') {
      count(this.#counts.skipped, event)
      return
    }
    const { horizonMs } = this.#watermark
    if (event.eventTimeMs < horizonMs) {
      count(this.#counts.late, '*')
      this.outputs.add(lateBeyondHorizon(this.#named(event), horizonMs, this.#resultPartition))
    } else if (this.#duplicates.isDuplicate(this.#options.idOf(event), event.eventTimeMs, horizonMs)) {
      count(this.#counts.skipped, 'duplicate')
    } else {
      this.#countEvent(event)
    }
  }

  #named(event: E): LateEvent {
    const { idField, idOf } = this.#options
    return { idField, id: idOf(event), eventTimeMs: event.eventTimeMs }
  }

  /** Whatever decoding failed of: a record that stops the task would stop it again after every recovery. */
  #deadLetter(record: SourceRecord, error: unknown): void {
    const { sourceTopic, partition } = this.#options
    const reason = error instanceof MalformedRecord ? error.reason : 'undecodable'
    const detail = error instanceof MalformedRecord ? error.message : `decoding failed: ${String(error)}`
    count(this.#counts.deadLettered, reason)
    this.outputs.add(deadLetter(sourceTopic, partition, record, reason, detail))
  }

  #countEvent(event: E): void {
    if (this.#watermark.observe(boundedTime(event))) this.#watermarkMoved()
    this.#counts.counted += 1
    this.#counts.changedAtMs.push(event.changedAtMs)
    const { eventTimeMs } = event
    const id = this.#options.keyOf(event)
    const key = this.#keys.touch(id, eventTimeMs, this.#watermark.maxEventTimeMs)
    if (this.#eventJobs.length > 0) this.#judge(event, key)
    this.#texts.untilMs = eventTimeMs + this.#longestMs
    for (const running of this.#localJobs) {
      const table = this.#openTable(running, eventTimeMs)
      if (table === undefined) this.#late(running, id, event)
      else this.#local.add(table, key, event)
    }
    for (const running of this.#sharedJobs) {
      const windowKey = running.job.key(event)
      if (windowKey === undefined) {
        running.counts.uncounted += 1
        continue
      }
      const table = this.#openTable(running, eventTimeMs)
      if (table === undefined) this.#late(running, windowKey, event)
      else this.#shared.add(table, windowKey, key, event)
    }
  }

  #judge(event: E, key: number): void {
    const { features, idField, idOf } = this.#options
    const known = features.of(key)
    for (const { job, counts } of this.#eventJobs) {
      counts.in += 1
      const result = job.judge(event, known)
      if (result === undefined) continue
      counts.out += 1
      writeEventResult(this.outputs.to(job.topic, this.#resultPartition), job, idField, idOf(event), result)
    }
    features.learn(key, event)
  }

  /** The windows of a job that still take an event; `undefined` where those of its time are closed. */
  #openTable({ windows, counts }: RunningWindows<E>, eventTimeMs: number): WindowTable | undefined {
    const startMs = windows.startOf(eventTimeMs)
    if (startMs + windows.sizeMs <= this.#watermark.currentMs) return undefined
    counts.in += 1
    return windows.table(startMs)
  }

  #late({ job, windows }: RunningWindows<E>, key: string | number, event: E): void {
    count(this.#counts.late, job.id)
    const startMs = windows.startOf(event.eventTimeMs)
    const late = lateForWindow(this.#named(event), job, key, startMs, this.#watermark.currentMs, this.#resultPartition)
    this.outputs.add(late)
  }

  // --- event time ---

  #watermarkMoved(): void {
    const watermarkMs = this.#watermark.currentMs
    if (watermarkMs < this.#nextBoundaryMs) return
    const boundaryMs = windowStart(watermarkMs, MINUTE_MS)
    this.#nextBoundaryMs = boundaryMs + MINUTE_MS
    this.#local.close(watermarkMs, (job, table) => this.#emitResult(job, table))
    this.#shared.close(watermarkMs, (job, table, key) => this.#emitPartial(job, table, key))
    this.#keys.sweep(this.#watermark.maxEventTimeMs)
    this.#texts.sweep(watermarkMs)
    this.#tellStage2({ type: 'watermark', source: this.#options.partition, watermarkMs: boundaryMs })
  }

  #emitResult(job: WindowJob<E>, table: WindowTable): void {
    this.#counts.job(job.id).out += 1
    const { startMs, events, layout, rows } = table
    const closed = { key: this.#keys.text(table.key), startMs, count: events, values: layout.values(rows) }
    const into = this.outputs.to(job.topic, this.#resultPartition)
    this.#windowResults.write(into, job, closed, (writer) => this.#keys.writeJson(table.key, writer))
  }

  #emitPartial(job: WindowJob<E>, table: WindowTable, key: string | number): void {
    const { partition: source, outputPartitions } = this.#options
    const kafkaKey = partialKey(job.id, key)
    const into = this.outputs.to(PARTIALS_TOPIC, partitionOf(kafkaKey, outputPartitions))
    writePartial(into, kafkaKey, table, { source, key })
  }

  /** Says something about this source on every partition of the partials, behind what was sent there before. */
  #tellStage2(message: SourceWatermark | SourceEmpty): void {
    if (this.#sharedJobs.length === 0) return
    const value = JSON.stringify(message)
    for (let partition = 0; partition < this.#options.outputPartitions; partition += 1) {
      this.outputs.add({ topic: PARTIALS_TOPIC, partition, key: `source/${message.source}`, value })
    }
  }

  idle(clock: IdleClock): Entry[] {
    const quietMs = clock.nowMs - clock.quietSinceMs
    if (!this.#watermark.started) {
      if (quietMs >= IDLE_AFTER_MS && clock.nowMs - this.#emptyNoticeAtMs >= EMPTY_NOTICE_MS) {
        this.#emptyNoticeAtMs = clock.nowMs
        this.#tellStage2({ type: 'empty', source: this.#options.partition })
      }
      return []
    }
    const targetMs = this.#watermark.idleTarget(quietMs)
    if (targetMs === undefined || targetMs < this.#nextBoundaryMs) return []
    const stepMs = windowStart(targetMs, MINUTE_MS)
    this.#idleSteps.push([clock.offset, stepMs])
    this.#takeIdleStep(stepMs)
    return [{ key: IDLE_KEY, value: JSON.stringify(this.#idleSteps) }]
  }

  #takeIdleStep(watermarkMs: number): void {
    this.#watermark.advanceIdle(watermarkMs)
    this.#watermarkMoved()
  }

  // --- checkpoint and recovery ---

  checkpoint(offset: number, changelog: RecordBuffer): void {
    const before = changelog.count
    this.#layouts.writeChanges(
      [...this.#localJobs, ...this.#sharedJobs].map(({ windows }) => windows.layout),
      changelog,
    )
    this.#local.writeChanges(changelog)
    this.#shared.writeChanges(changelog)
    this.#duplicates.writeChanges(changelog, this.#watermark.horizonMs)
    if (changelog.count === before && this.#idleSteps.length === 0 && offset === this.#checkpointOffset) return
    this.#checkpointOffset = offset
    const marker: Marker = {
      v: STATE_VERSION,
      offset,
      watermark: this.#watermark.toJSON(),
    }
    changelog.add({ key: MARKER_KEY, value: JSON.stringify(marker) })
    if (this.#idleSteps.length > 0) {
      this.#idleSteps = []
      changelog.add({ key: IDLE_KEY, value: '[]' })
    }
  }

  restore(key: string, value: Buffer | null): void {
    if (key === MARKER_KEY) {
      if (value !== null) this.#restoreMarker(JSON.parse(value.toString()) as Marker)
    } else if (key === IDLE_KEY) {
      this.#replaySteps = value === null ? [] : (JSON.parse(value.toString()) as IdleStep[])
    } else if (key.startsWith(KEY_PREFIX)) {
      const restored = this.#local.restore(key, value, this.#layouts)
      this.#shared.restoreCounts(restored.key, restored.counts)
    } else if (key.startsWith(IDS_PREFIX)) {
      this.#duplicates.restore(key, value, this.#watermark.horizonMs)
    } else if (value !== null) {
      if (key.startsWith(LAYOUT_PREFIX)) this.#layouts.restore(key, value)
      else if (key.startsWith(SHARED_PREFIX)) this.#shared.restore(value, this.#layouts)
      else if (key.startsWith(PAIRS_PREFIX)) this.#shared.restorePairs(key, value)
    }
  }

  #restoreMarker({ v, offset, watermark }: Marker): void {
    checkStateVersion(v)
    this.#checkpointOffset = offset
    this.#watermark.restore(watermark)
    const watermarkMs = this.#watermark.currentMs
    if (this.#watermark.started) this.#nextBoundaryMs = windowStart(watermarkMs, MINUTE_MS) + MINUTE_MS
    // Their results were written before the marker was.
    this.#local.dropEnded(watermarkMs)
    this.#shared.dropEnded(watermarkMs)
    this.#texts.sweep(watermarkMs)
  }

  restored(): RestoredPosition | undefined {
    this.#idleSteps = [...this.#replaySteps]
    if (this.#checkpointOffset === -1) return undefined
    // Compaction may have left older entries behind the marker.
    this.#local.dropEnded(this.#watermark.currentMs)
    this.#shared.dropEnded(this.#watermark.currentMs)
    return { offset: this.#checkpointOffset }
  }

  replayed(offset: number): void {
    this.#replayStepsUpTo(offset)
  }

  #replayStepsUpTo(offset: number): void {
    for (let step = this.#replaySteps[0]; step !== undefined && step[0] <= offset; step = this.#replaySteps[0]) {
      this.#replaySteps.shift()
      this.#takeIdleStep(step[1])
    }
  }
}
