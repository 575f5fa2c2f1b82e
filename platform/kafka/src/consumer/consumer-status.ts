import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { lagOf, type PartitionProgress, Progress } from './progress.ts'
import { type MoveReason } from './start-position.ts'
import { type TopicPartition } from './topic-log.ts'

const BATCH_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]
/** A partition with unread records counts as stuck when nothing of it has been written for this long. */
const STUCK_AFTER_MS = 30_000

/** A consumer's metrics, `<prefix>_…`, and its readiness. */
export class ConsumerStatus {
  readonly progress: Progress
  readonly #records: Counter<'topic'>
  readonly #batchSeconds: Histogram
  readonly #lastCommit: Gauge
  readonly #failures: Counter
  readonly #resets: Counter<'topic' | 'reason'>
  #stuckAfterMs = STUCK_AFTER_MS
  /** Why it is not ready, where that is known without looking at its progress. */
  #notReady: string | undefined = 'it has not begun yet'
  #failure: string | undefined

  /** @param prefix of the metrics' names. */
  constructor(registry: Registry, prefix: string, progress = new Progress()) {
    this.progress = progress
    const registers = [registry]
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter<L>({ name: `${prefix}_${name}_total`, help, labelNames, registers })
    this.#records = counter('records', 'Records read and written', ['topic'])
    this.#failures = counter('failures', 'Errors after which it started over')
    this.#resets = counter(
      'offset_resets',
      'Partitions not read on from where they were: recreated, cut_short or expired',
      ['topic', 'reason'],
    )
    this.#batchSeconds = new Histogram({
      name: `${prefix}_batch_duration_seconds`,
      help: 'Writing of one batch',
      buckets: BATCH_SECONDS,
      registers,
    })
    this.#lastCommit = new Gauge({
      name: `${prefix}_last_commit_timestamp_seconds`,
      help: 'When the last batch, or sign of life, was written',
      registers,
    })
    // Until it is set it has no sample: zero would be a commit of 1970.
    this.#lastCommit.remove()
    const ofPartitions = (name: string, help: string, of: (one: PartitionProgress) => number): void => {
      new Gauge({
        name: `${prefix}_${name}`,
        help,
        labelNames: ['topic', 'partition'],
        registers,
        collect() {
          this.reset()
          for (const one of progress.partitions) this.set({ topic: one.topic, partition: one.partition }, of(one))
        },
      })
    }
    ofPartitions(
      'lag_records',
      'Committed records not written yet, by the end of the log, also while it is stuck',
      lagOf,
    )
    ofPartitions(
      'progress_timestamp_seconds',
      'When something of the partition was last written, or nothing was left to write',
      (one) => (Date.now() - progress.ageMs(one)) / 1_000,
    )
  }

  /** @param intervalMs records wait that long by design. */
  starts(intervalMs: number): void {
    this.#stuckAfterMs = Math.max(STUCK_AFTER_MS, 3 * intervalMs)
  }

  waits(reason: string): void {
    this.#notReady = reason
  }

  reads(): void {
    this.#notReady = undefined
  }

  failed(error: unknown): void {
    this.#failures.inc()
    this.#failure = error instanceof Error ? error.message : String(error)
    this.#notReady = `it starts over: ${this.#failure}`
  }

  /** There is nothing to write: what failed, if anything did, fails no more. */
  isIdle(): void {
    this.#failure = undefined
  }

  wrote(recordsByTopic: ReadonlyMap<string, number>, seconds: number): void {
    for (const [topic, records] of recordsByTopic) this.#records.inc({ topic }, records)
    this.#batchSeconds.observe(seconds)
    this.#lastCommit.setToCurrentTime()
    this.#failure = undefined
  }

  moved({ topic }: TopicPartition, reason: MoveReason): void {
    this.#resets.inc({ topic, reason })
  }

  /** The partition that stands still, in words. */
  get stuck(): string | undefined {
    const one = this.progress.stuck(this.#stuckAfterMs)
    if (one === undefined) return undefined
    const seconds = Math.round(this.progress.ageMs(one) / 1_000)
    return `${one.topic}/${one.partition} stands at offset ${one.offset} for ${seconds} s, ${lagOf(one)} records behind`
  }

  /** Why it does not do its work; undefined when it does. One that fails does not before it has written something again. */
  get notReady(): string | undefined {
    const reasons = [
      this.stuck,
      this.#notReady ?? (this.#failure && `nothing is written since it failed: ${this.#failure}`),
    ]
    const known = reasons.filter((reason) => reason !== undefined)
    return known.length === 0 ? undefined : known.join('; ')
  }

  get isReady(): boolean {
    return this.notReady === undefined
  }
}
