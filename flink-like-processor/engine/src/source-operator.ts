import {
  decodeTransaction,
  MalformedRecord,
  MINUTE_MS,
  PARTIALS_TOPIC,
  seconds,
  type Transaction,
} from '@fintech-streams/contracts'
import { countCustomers } from './customer-counts.ts'
import { CustomerPattern } from './customer-pattern.ts'
import { type CustomerCount, type CustomerState, type CustomerWindow } from './customer-state.ts'
import { CUSTOMER_PREFIX, CustomerWindows } from './customer-windows.ts'
import { deadLetter } from './dead-letter.ts'
import { DuplicateFilter } from './duplicate-filter.ts'
import { IDS_PREFIX } from './id-log.ts'
import {
  type AnyWindowJob,
  isCustomerJob,
  isTransactionJob,
  isWindowJob,
  type Job,
  type TransactionJob,
} from './job.ts'
import { lateBeyondHorizon, lateForWindow } from './late.ts'
import {
  count,
  type IdleClock,
  type JobCounts,
  type Operator,
  OperatorCounts,
  type RestoredPosition,
} from './operator.ts'
import { type SourceRecord, OutputBuffer, type Entry, type RecordBuffer } from '@fintech-streams/records'
import { partialKey, type PartialMessage, partitionOf, writePartial } from './partials.ts'
import { writeTransactionResult, writeWindowResult } from './results.ts'
import { type SharedWindow } from './shared-state.ts'
import { SHARED_PREFIX, SharedWindows } from './shared-windows.ts'
import { checkStateVersion, STATE_VERSION } from './state-codec.ts'
import { IDLE_AFTER_MS, isClosed, Watermark, windowStart } from './watermark.ts'

const MARKER_KEY = 'marker'
const IDLE_KEY = 'idle'
/** How often a partition that never had a record says so, in wall time. */
const EMPTY_NOTICE_MS = seconds(10)

interface Marker {
  v: number
  offset: number
  /** State of version 1 has no ids: from here on the source has them. */
  relearnFrom?: number
  watermark: { max: number | null; idle: number | null }
}

/** An advance of the watermark by wall time, at the offset of the record that was to come next. */
type IdleStep = [offset: number, watermarkMs: number]

/** A job and the counters that its transactions go to until they are taken. */
interface Running<J extends Job> {
  readonly job: J
  counts: JobCounts
}

export interface SourceOperatorOptions {
  readonly jobs: readonly Job[]
  /** The topic this operator reads, as dead letters name it. */
  readonly sourceTopic: string
  readonly partition: number
  /** Partitions of the partials topic, and of the result topics. */
  readonly outputPartitions: number
}

/**
 * Stage 1: everything that one partition of the transactions decides by itself. Per-transaction jobs and customer
 * windows finish here; windows of shared keys are aggregated here and sent on as partial aggregates when they close.
 *
 * Its state depends on the partition's records in order and on nothing else but the idle steps, which it hands out to
 * be logged at the offset where they take effect.
 */
export class SourceOperator implements Operator {
  // configuration
  readonly #options: SourceOperatorOptions
  readonly #transactionJobs: readonly Running<TransactionJob>[]
  readonly #customerJobs: readonly Running<AnyWindowJob>[]
  readonly #sharedJobs: readonly Running<AnyWindowJob>[]
  readonly #windowJobsById: ReadonlyMap<string, AnyWindowJob>
  readonly #resultPartition: number

  // transient
  readonly outputs = new OutputBuffer()
  #counts = new OperatorCounts()
  /** Every window ends at a whole minute, so nothing closes before the watermark reaches the next one. */
  #nextBoundaryMs = Number.NEGATIVE_INFINITY
  #emptyNoticeAtMs = Number.NEGATIVE_INFINITY
  #checkpointOffset = -1
  #replaySteps: IdleStep[] = []

  // checkpointed
  readonly #watermark = new Watermark()
  readonly #customers: CustomerWindows
  readonly #shared: SharedWindows
  readonly #duplicates = new DuplicateFilter()
  #idleSteps: IdleStep[] = []

  constructor(options: SourceOperatorOptions) {
    this.#options = options
    const windowJobs = options.jobs.filter(isWindowJob)
    const customerJobs = windowJobs.filter(isCustomerJob)
    const sharedJobs = windowJobs.filter((job) => !isCustomerJob(job))
    this.#transactionJobs = this.#running(options.jobs.filter(isTransactionJob))
    this.#customerJobs = this.#running(customerJobs)
    this.#sharedJobs = this.#running(sharedJobs)
    this.#windowJobsById = new Map(windowJobs.map((job) => [job.id, job]))
    this.#customers = new CustomerWindows(customerJobs)
    this.#shared = new SharedWindows(sharedJobs)
    this.#resultPartition = options.partition % options.outputPartitions
  }

  #running<J extends Job>(jobs: readonly J[]): Running<J>[] {
    return jobs.map((job) => ({ job, counts: this.#counts.job(job.id) }))
  }

  get watermarkMs(): number {
    return this.#watermark.currentMs
  }

  get stateEntries(): number {
    return this.#customers.size + this.#shared.size
  }

  get openWindows(): number {
    return this.#customers.openWindows + this.#shared.openWindows
  }

  takeCounts(): OperatorCounts {
    const counts = this.#counts
    this.#counts = new OperatorCounts()
    for (const running of [...this.#transactionJobs, ...this.#customerJobs, ...this.#sharedJobs]) {
      running.counts = this.#counts.job(running.job.id)
    }
    return counts
  }

  // --- records ---

  process(record: SourceRecord): void {
    this.#replayStepsUpTo(record.offset)
    this.#counts.consumed += 1
    const decoded = this.#decode(record)
    if (typeof decoded === 'string') {
      count(this.#counts.skipped, decoded)
    } else if (decoded instanceof MalformedRecord) {
      this.#deadLetter(record, decoded)
    } else if (decoded.eventTimeMs < this.#watermark.horizonMs) {
      count(this.#counts.late, '*')
      this.outputs.add(lateBeyondHorizon(decoded, this.#watermark.horizonMs, this.#resultPartition))
    } else if (this.#duplicates.isDuplicate(decoded, this.#watermark.horizonMs)) {
      count(this.#counts.skipped, 'duplicate')
    } else {
      this.#countTransaction(decoded)
    }
  }

  relearn(record: SourceRecord): void {
    const decoded = this.#decode(record)
    if (typeof decoded === 'string' || decoded instanceof MalformedRecord) return
    const { horizonMs } = this.#watermark
    if (decoded.eventTimeMs >= horizonMs) this.#duplicates.isDuplicate(decoded, horizonMs)
  }

  #decode({ value, timestampMs }: SourceRecord): ReturnType<typeof decodeTransaction> | 'tombstone' | MalformedRecord {
    if (value === null) return 'tombstone'
    try {
      return decodeTransaction(value, timestampMs)
    } catch (error) {
      if (error instanceof MalformedRecord) return error
      throw error
    }
  }

  #deadLetter(record: SourceRecord, { reason, message }: MalformedRecord): void {
    count(this.#counts.deadLettered, reason)
    this.outputs.add(deadLetter(this.#options.sourceTopic, this.#options.partition, record, reason, message))
  }

  #countTransaction(tx: Transaction): void {
    if (this.#watermark.observe(tx.eventTimeMs)) this.#watermarkMoved()
    this.#counts.counted += 1
    this.#counts.changedAtMs.push(tx.changedAtMs)
    const customer = this.#customers.touch(tx, this.#watermark.maxEventTimeMs)
    if (this.#transactionJobs.length > 0) this.#judge(tx, customer)
    for (const running of this.#customerJobs) {
      const startMs = windowStart(tx.eventTimeMs, running.job.window.sizeMs)
      if (this.#isOpen(running, tx.customerId, startMs, tx)) this.#customers.add(customer, running.job, startMs, tx)
    }
    for (const running of this.#sharedJobs) {
      const key = running.job.key(tx)
      if (key === undefined) {
        running.counts.uncounted += 1
        continue
      }
      const startMs = windowStart(tx.eventTimeMs, running.job.window.sizeMs)
      if (this.#isOpen(running, key, startMs, tx)) this.#shared.add(running.job, key, startMs, customer, tx)
    }
  }

  #judge(tx: Transaction, customer: CustomerState): void {
    const pattern = (customer.pattern ??= new CustomerPattern())
    for (const { job, counts } of this.#transactionJobs) {
      counts.in += 1
      const result = job.judge(tx, pattern)
      if (result === undefined) continue
      counts.out += 1
      writeTransactionResult(this.outputs.to(job.topic, this.#resultPartition), job, tx.transactionId, result)
    }
    pattern.learn(tx)
  }

  /** Whether a job's window still takes the transaction; where not, it goes to the late topic. */
  #isOpen({ job, counts }: Running<AnyWindowJob>, key: string | number, startMs: number, tx: Transaction): boolean {
    const watermarkMs = this.#watermark.currentMs
    if (!isClosed(startMs, job.window.sizeMs, watermarkMs)) {
      counts.in += 1
      return true
    }
    count(this.#counts.late, job.id)
    this.outputs.add(lateForWindow(tx, job, key, startMs, watermarkMs, this.#resultPartition))
    return false
  }

  // --- event time ---

  #watermarkMoved(): void {
    const watermarkMs = this.#watermark.currentMs
    if (watermarkMs < this.#nextBoundaryMs) return
    const boundaryMs = windowStart(watermarkMs, MINUTE_MS)
    this.#nextBoundaryMs = boundaryMs + MINUTE_MS
    this.#customers.close(watermarkMs, (window) => this.#emitResult(window))
    this.#shared.close(watermarkMs, (window) => this.#emitPartial(window))
    this.#customers.sweep(this.#watermark.maxEventTimeMs)
    this.#tellStage2({ type: 'watermark', source: this.#options.partition, watermarkMs: boundaryMs })
  }

  #emitResult(window: CustomerWindow): void {
    const { customer, job, startMs, acc } = window
    this.#counts.job(job.id).out += 1
    const closed = { key: customer.id, startMs, count: window.count, acc }
    writeWindowResult(this.outputs.to(job.topic, this.#resultPartition), job, closed)
  }

  #emitPartial(window: SharedWindow): void {
    const { job, key } = window.entry
    const kafkaKey = partialKey(job.id, key)
    const partition = partitionOf(kafkaKey, this.#options.outputPartitions)
    writePartial(this.outputs.to(PARTIALS_TOPIC, partition), kafkaKey, {
      type: 'partial',
      source: this.#options.partition,
      job: job.id,
      key,
      startMs: window.startMs,
      count: window.count,
      acc: window.acc,
      customers: window.customers && countCustomers(customerCounts(window.customers)),
    })
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
    this.#customers.writeChanges(changelog)
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
      if (key.startsWith(SHARED_PREFIX)) this.#shared.restore(value, this.#windowJobsById, watermarkMs)
      else if (key.startsWith(IDS_PREFIX)) this.#duplicates.restore(key, value, this.#watermark.horizonMs)
    }
    for (const [key, value] of entries) {
      if (!key.startsWith(CUSTOMER_PREFIX)) continue
      const { customer, counts } = this.#customers.restore(key, value, this.#windowJobsById, watermarkMs)
      this.#shared.restoreCounts(customer, counts, this.#windowJobsById)
    }
    this.#checkpointOffset = marker.offset
    return { offset: marker.offset, relearnFromOffset: marker.relearnFrom ?? marker.offset }
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

function* customerCounts(counts: readonly CustomerCount[]): Generator<[string, number]> {
  for (const { customer, count: transactions } of counts) yield [customer.id, transactions]
}
