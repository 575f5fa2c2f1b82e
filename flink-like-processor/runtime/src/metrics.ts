import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type OperatorCounts } from '@fintech-streams/engine'
import { type CheckpointReport, type RecoveryReport } from './task.ts'

const LATENCY_SECONDS = [
  0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 10, 30, 60, 300,
]
const DURATION_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]

/** How far a partition is processed. */
export interface TaskProgress {
  readonly lagRecords: number
  /** The offset of the next record to process. */
  readonly position: number
}

/** What a task reports of itself at each look. */
export interface TaskGauges extends TaskProgress {
  readonly watermarkMs: number
  readonly stateEntries: number
}

/** The worker's metrics, labelled by job, by reason, or by stage and partition. */
export class ProcessorMetrics {
  readonly #records: Counter<'stage'>
  readonly #counted: Counter
  readonly #skipped: Counter<'stage' | 'reason'>
  readonly #deadLettered: Counter<'stage' | 'reason'>
  readonly #late: Counter<'job'>
  readonly #jobIn: Counter<'stage' | 'job'>
  readonly #jobOut: Counter<'job'>
  readonly #uncounted: Counter<'job'>
  readonly #lag: Gauge<'stage' | 'partition'>
  readonly #position: Gauge<'stage' | 'partition'>
  readonly #watermarkDelay: Gauge<'stage' | 'partition'>
  readonly #watermarkAhead: Gauge<'stage' | 'partition'>
  readonly #stateEntries: Gauge<'stage' | 'partition'>
  readonly #standbyLag: Gauge<'stage' | 'partition'>
  readonly #standbyEntries: Gauge<'stage' | 'partition'>
  readonly #latency: Histogram
  readonly #commits: Histogram<'stage'>
  readonly #checkpoints: Histogram<'stage'>
  readonly #checkpointEntries: Counter<'stage'>
  readonly #checkpointBytes: Counter<'stage'>
  readonly #lastCheckpoint: Gauge<'stage' | 'partition'>
  readonly #recoveries: Histogram<'stage'>
  readonly #failures: Counter<'stage'>
  readonly #lost: Counter<'stage'>

  constructor(registry: Registry) {
    const registers = [registry]
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter<L>({ name: `processor_${name}_total`, help, labelNames, registers })
    const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Gauge<L>({ name: `processor_${name}`, help, labelNames, registers })
    const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
      new Histogram<L>({ name: `processor_${name}_seconds`, help, buckets, labelNames, registers })
    this.#records = counter('records', 'Records read', ['stage'])
    this.#counted = counter('counted', 'Transactions counted')
    this.#skipped = counter('skipped', 'Records that are no new transaction', ['stage', 'reason'])
    this.#deadLettered = counter('dead_lettered', 'Records sent to the dead-letter topic', ['stage', 'reason'])
    this.#late = counter('late', 'Late records, "*" for those beyond the duplicate horizon', ['job'])
    this.#jobIn = counter('job_in', 'Transactions, in stage 2 partial aggregates, that a job counted', ['stage', 'job'])
    this.#jobOut = counter('job_out', 'Results that a job wrote', ['job'])
    this.#uncounted = counter('job_uncounted', 'Transactions without the key that a job groups by', ['job'])
    this.#lag = gauge('lag_records', 'Records of the source not processed yet', ['stage', 'partition'])
    this.#position = gauge('position', 'Offset of the next record to process', ['stage', 'partition'])
    this.#watermarkDelay = gauge('watermark_delay_seconds', 'Wall time minus watermark', ['stage', 'partition'])
    this.#watermarkAhead = gauge(
      'watermark_ahead_seconds',
      'How far the watermark is ahead of the clock here; 0 unless a clock is wrong, or was',
      ['stage', 'partition'],
    )
    this.#stateEntries = gauge('state_entries', 'Entries of keyed state', ['stage', 'partition'])
    this.#standbyLag = gauge('standby_lag_entries', 'Changelog offsets that a standby has not taken in', [
      'stage',
      'partition',
    ])
    this.#standbyEntries = gauge('standby_state_entries', 'Entries of keyed state that a standby holds', [
      'stage',
      'partition',
    ])
    this.#latency = histogram(
      'end_to_end_latency',
      "From a row's commit in the database to the commit of its results",
      LATENCY_SECONDS,
    )
    this.#commits = histogram('commit_duration', 'Processing and committing one transaction', DURATION_SECONDS, [
      'stage',
    ])
    this.#checkpoints = histogram('checkpoint_duration', 'A commit with a checkpoint', DURATION_SECONDS, ['stage'])
    this.#checkpointEntries = counter('checkpoint_entries', 'Changelog entries written by checkpoints', ['stage'])
    this.#checkpointBytes = counter('checkpoint_bytes', 'Bytes of these entries', ['stage'])
    this.#lastCheckpoint = gauge('last_checkpoint_timestamp_seconds', 'When state was saved last', [
      'stage',
      'partition',
    ])
    this.#recoveries = histogram('recovery_duration', 'Restoring a task and replaying it', DURATION_SECONDS, ['stage'])
    this.#failures = counter('task_failures', 'Tasks that failed and were recovered', ['stage'])
    this.#lost = counter('lost', 'Offsets that retention took before they were processed', ['stage'])
  }

  committed(stage: string, report: { durationMs: number; committedAtMs: number; counts: OperatorCounts }): void {
    const { counts } = report
    this.#commits.observe({ stage }, report.durationMs / 1000)
    this.#records.inc({ stage }, counts.consumed)
    this.#counted.inc(counts.counted)
    for (const [reason, n] of counts.skipped) this.#skipped.inc({ stage, reason }, n)
    for (const [reason, n] of counts.deadLettered) this.#deadLettered.inc({ stage, reason }, n)
    for (const [job, n] of counts.late) this.#late.inc({ job }, n)
    for (const [job, { in: counted, out, uncounted }] of counts.jobs) {
      this.#jobIn.inc({ stage, job }, counted)
      this.#jobOut.inc({ job }, out)
      this.#uncounted.inc({ job }, uncounted)
    }
    for (const changedAtMs of counts.changedAtMs) this.#latency.observe((report.committedAtMs - changedAtMs) / 1000)
  }

  checkpointed(stage: string, partition: number, report: CheckpointReport): void {
    this.#checkpoints.observe({ stage }, report.durationMs / 1000)
    this.#checkpointEntries.inc({ stage }, report.entries)
    this.#checkpointBytes.inc({ stage }, report.bytes)
    this.#lastCheckpoint.set({ stage, partition }, Date.now() / 1000)
  }

  recovered(stage: string, { durationMs, lost }: RecoveryReport): void {
    this.#recoveries.observe({ stage }, durationMs / 1000)
    if (lost > 0) this.#lost.inc({ stage }, lost)
  }

  failed(stage: string): void {
    this.#failures.inc({ stage })
  }

  progress(stage: string, partition: number, { lagRecords, position }: TaskProgress): void {
    this.#lag.set({ stage, partition }, lagRecords)
    this.#position.set({ stage, partition }, position)
  }

  gauges(stage: string, partition: number, { watermarkMs, stateEntries, ...progress }: TaskGauges): void {
    this.progress(stage, partition, progress)
    this.#stateEntries.set({ stage, partition }, stateEntries)
    if (!Number.isFinite(watermarkMs)) return
    const delaySeconds = (Date.now() - watermarkMs) / 1000
    this.#watermarkDelay.set({ stage, partition }, delaySeconds)
    this.#watermarkAhead.set({ stage, partition }, Math.max(0, -delaySeconds))
  }

  /** How far a standby is. */
  standby(stage: string, partition: number, progress: { lagEntries: number; stateEntries: number }): void {
    this.#standbyLag.set({ stage, partition }, progress.lagEntries)
    this.#standbyEntries.set({ stage, partition }, progress.stateEntries)
  }

  forgetStandby(stage: string, partition: number): void {
    for (const gauge of [this.#standbyLag, this.#standbyEntries]) gauge.remove({ stage, partition })
  }

  /** Removes the gauges of a partition that is no longer this worker's. */
  forget(stage: string, partition: number): void {
    const gauges = [
      ...[this.#lag, this.#position, this.#watermarkDelay, this.#watermarkAhead],
      ...[this.#stateEntries, this.#lastCheckpoint],
    ]
    for (const gauge of gauges) gauge.remove({ stage, partition })
  }
}
