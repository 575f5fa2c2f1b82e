import { writeFileSync } from 'node:fs'
import { type Verification } from '../verify/verify.ts'

/** One thing that was done to the stack, and how long it was to be noticed. */
export interface FaultRecord {
  readonly kind: string
  /** Since the live load began. */
  readonly atMs: number
  /**
   * From the fault until transactions committed after it had their verdicts in Postgres, in every partition: through
   * Postgres, Debezium, Kafka, the processor and the sink.
   */
  readonly recoveryMs: number
  /** What did not come back by itself and was started again besides. */
  readonly helped: readonly string[]
}

/** Recovery by kind of fault. */
export interface RecoveryRow {
  readonly kind: string
  readonly count: number
  readonly medianMs: number
  readonly maxMs: number
}

/** What was asked of the generator and what it did. */
export interface Load {
  readonly offeredPerSecond: number
  /** Seconds of live load, faults included. */
  readonly seconds: number
  readonly offered: number
  readonly written: number
  /** Transactions a second: the median second, seconds with Postgres down among them. */
  readonly medianPerSecond: number
  /** Seconds in which nothing was written. */
  readonly silentSeconds: number
}

/** `report.json` of a chaos run. */
export interface ChaosReport {
  readonly startedAt: string
  readonly seconds: number
  readonly seed: number
  readonly workers: number
  readonly customers: number
  readonly load: Load
  readonly faults: readonly FaultRecord[]
  readonly recovery: readonly RecoveryRow[]
  /** `null` when the run did not get that far. */
  readonly verification: Verification | null
  /** Rows of the table `transactions`, those written by the run's end included, and unique ones in Kafka. */
  readonly transactions: { readonly inPostgres: number; readonly inKafka: number }
  /** All topics and tables as recomputed, and as many transactions in Kafka as in Postgres. */
  readonly ok: boolean
}

/** Count, median and maximum of the recovery times of each kind. */
export function recoveryTable(faults: readonly FaultRecord[]): RecoveryRow[] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort()
  return kinds.map((kind) => {
    const times = faults.filter((fault) => fault.kind === kind).map(({ recoveryMs }) => recoveryMs)
    return { kind, count: times.length, medianMs: median(times), maxMs: Math.max(...times) }
  })
}

/** The middle one, the mean of the two middle ones where there are two; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1)
  return (low + high) / 2
}

const KIND_WIDTH = 44

/** The table of recovery times as text. */
export function recoveryLines(rows: readonly RecoveryRow[]): string[] {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1).padStart(10)
  return [
    `${'fault'.padEnd(KIND_WIDTH)}${'count'.padStart(7)}${'median s'.padStart(10)}${'max s'.padStart(10)}`,
    ...rows.map(
      ({ kind, count, medianMs, maxMs }) =>
        kind.padEnd(KIND_WIDTH) + String(count).padStart(7) + seconds(medianMs) + seconds(maxMs),
    ),
  ]
}

/** One line on what was offered and what was achieved. */
export function loadLine({
  offeredPerSecond,
  seconds,
  offered,
  written,
  medianPerSecond,
  silentSeconds,
}: Load): string {
  const share = ((100 * written) / Math.max(1, offered)).toFixed(1)
  return (
    `load: offered ${offeredPerSecond}/s for ${seconds} s = ${offered}, written ${written} (${share} %); ` +
    `median second ${medianPerSecond}, nothing in ${silentSeconds} s`
  )
}

export function writeReport(file: string, report: ChaosReport): void {
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}
