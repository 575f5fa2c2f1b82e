import { MalformedRecord, MINUTE_MS, PARTIALS_TOPIC, seconds } from '@fintech-streams/contracts'
import { type Entry, OutputBuffer, type RecordBuffer, type SourceRecord } from '@fintech-streams/records'
import { deadLetter } from './dead-letter.ts'
import { DuplicateFilter } from './duplicate-filter.ts'
import { type EventStream, type TimedEvent } from './event.ts'
import { IDS_PREFIX } from './id-log.ts'
import { type EventJob, isEventJob, isWindowJob, type Job, type WindowJob } from './job.ts'
import { type KeyState, type KeyWindow } from './key-state.ts'
import { KEY_PREFIX, KeyStates } from './key-states.ts'
import { lateBeyondHorizon, type LateEvent, lateForWindow } from './late.ts'
import {
  count,
  type IdleClock,
  type JobCounts,
  type Operator,
  OperatorCounts,
  type RestoredPosition,
} from './operator.ts'
import { partialKey, type PartialMessage, partitionOf, writePartial } from './partials.ts'
import { WindowResults, writeEventResult } from './results.ts'
import { type KeyCount, type SharedWindow } from './shared-state.ts'
import { SHARED_PREFIX, SharedWindows } from './shared-windows.ts'
import { checkStateVersion, STATE_VERSION } from './state-codec.ts'
import { boundedTime, IDLE_AFTER_MS, isClosed, Watermark, windowStart } from './watermark.ts'

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
  readonly #localJobs: readonly Running<WindowJob<E>>[]
  readonly #sharedJobs: readonly Running<WindowJob<E>>[]
  readonly #resultPartition: number

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
  readonly #keys: KeyStates<E, S>
  readonly #shared: SharedWindows<E>
  readonly #duplicates = new DuplicateFilter()
  #idleSteps: IdleStep[] = []

  constructor(options: SourceOperatorOptions<E, S>) {
    this.#options = options
    const windowJobs = options.jobs.filter(isWindowJob)
    const sharedJobs = windowJobs.filter(({ isLocal }) => !isLocal)
    this.#eventJobs = this.#running(options.jobs.filter(isEventJob))
    this.#localJobs = this.#running(windowJobs.filter(({ isLocal }) => isLocal))
    this.#sharedJobs = this.#running(sharedJobs)
    this.#keys = new KeyStates(windowJobs, options.features)
    this.#shared = new SharedWindows(sharedJobs)
    this.#resultPartition = options.partition % options.outputPartitions
  }

  #running<J extends { readonly id: string }>(jobs: readonly J[]): Running<J>[] {
    return jobs.map((job) => ({ job, counts: this.#counts.job(job.id) }))
  }

  get watermarkMs(): number {
    return this.#watermark.currentMs
  }

  get stateEntries(): number {
    return this.#keys.size + this.#shared.size
  }

  get openWindows(): number {
    return this.#keys.openWindows + this.#shared.openWindows
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
    const id = this.#options.keyOf(event)
    const source = this.#keys.touch(id, event.eventTimeMs, this.#watermark.maxEventTimeMs)
    if (this.#eventJobs.length > 0) this.#judge(event, source)
    for (const running of this.#localJobs) {
      const startMs = windowStart(event.eventTimeMs, running.job.window.sizeMs)
      if (this.#isOpen(running, id, startMs, event)) this.#keys.add(source, running.job, startMs, event)
    }
    for (const running of this.#sharedJobs) {
      const key = running.job.key(event)
      if (key === undefined) {
        running.counts.uncounted += 1
        continue
      }
      const startMs = windowStart(event.eventTimeMs, running.job.window.sizeMs)
      if (this.#isOpen(running, key, startMs, event)) this.#shared.add(running.job, key, startMs, source, event)
    }
  }

  #judge(event: E, source: KeyState<S>): void {
    const { features: spec, idField, idOf } = this.#options
    const features = (source.features ??= spec.create())
    for (const { job, counts } of this.#eventJobs) {
      counts.in += 1
      const result = job.judge(event, features)
      if (result === undefined) continue
      counts.out += 1
      writeEventResult(this.outputs.to(job.topic, this.#resultPartition), job, idField, idOf(event), result)
    }
    spec.learn(features, event)
  }

  /** Whether a job's window still takes the event; where not, it goes to the late topic. */
  #isOpen({ job, counts }: Running<WindowJob<E>>, key: string | number, startMs: number, event: E): boolean {
    const watermarkMs = this.#watermark.currentMs
    if (!isClosed(startMs, job.window.sizeMs, watermarkMs)) {
      counts.in += 1
      return true
    }
    count(this.#counts.late, job.id)
    this.outputs.add(lateForWindow(this.#named(event), job, key, startMs, watermarkMs, this.#resultPartition))
    return false
  }

  // --- event time ---

  #watermarkMoved(): void {
    const watermarkMs = this.#watermark.currentMs
    if (watermarkMs < this.#nextBoundaryMs) return
    const boundaryMs = windowStart(watermarkMs, MINUTE_MS)
    this.#nextBoundaryMs = boundaryMs + MINUTE_MS
    this.#keys.close(watermarkMs, (window) => this.#emitResult(window))
    this.#shared.close(watermarkMs, (window) => this.#emitPartial(window))
    this.#keys.sweep(this.#watermark.maxEventTimeMs)
    this.#tellStage2({ type: 'watermark', source: this.#options.partition, watermarkMs: boundaryMs })
  }

  #emitResult({ source, job, startMs, acc, count: events }: KeyWindow<S>): void {
    this.#counts.job(job.id).out += 1
    const closed = { key: source.id, startMs, count: events, acc, keys: job.keys?.none() }
    this.#windowResults.write(this.outputs.to(job.topic, this.#resultPartition), job, closed)
  }

  #emitPartial({ entry, startMs, acc, count: events, keyCounts }: SharedWindow): void {
    const { job, key } = entry
    const { partition: source, outputPartitions } = this.#options
    const kafkaKey = partialKey(job.id, key)
    const into = this.outputs.to(PARTIALS_TOPIC, partitionOf(kafkaKey, outputPartitions))
    const keys = keyCounts && job.keys?.of(eventsByKey(keyCounts))
    writePartial(into, kafkaKey, job, { source, key, startMs, count: events, acc, keys })
  }

  /** Says something about this source on every partition of the partials, behind what was sent there before. */
  #tellStage2(message: PartialMessage): void {
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
    this.#keys.writeChanges(changelog)
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

  restore(entries: ReadonlyMap<string, string>): RestoredPosition | undefined {
    const idle = entries.get(IDLE_KEY)
    if (idle !== undefined) this.#replaySteps = JSON.parse(idle) as IdleStep[]
    this.#idleSteps = [...this.#replaySteps]
    const encoded = entries.get(MARKER_KEY)
    if (encoded === undefined) return undefined
    const marker = JSON.parse(encoded) as Marker
    checkStateVersion(marker.v)
    this.#watermark.restore(marker.watermark)
    const watermarkMs = this.#watermark.currentMs
    if (this.#watermark.started) this.#nextBoundaryMs = windowStart(watermarkMs, MINUTE_MS) + MINUTE_MS
    for (const [key, value] of entries) {
      if (key.startsWith(SHARED_PREFIX)) this.#shared.restore(value, watermarkMs)
      else if (key.startsWith(IDS_PREFIX)) this.#duplicates.restore(key, value, this.#watermark.horizonMs)
    }
    for (const [key, value] of entries) {
      if (!key.startsWith(KEY_PREFIX)) continue
      const { source, counts } = this.#keys.restore(key, value, watermarkMs)
      this.#shared.restoreCounts(source, counts)
    }
    this.#checkpointOffset = marker.offset
    return { offset: marker.offset }
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

function* eventsByKey(counts: readonly KeyCount[]): Generator<[string, number]> {
  for (const { source, count: events } of counts) yield [source.id, events]
}
