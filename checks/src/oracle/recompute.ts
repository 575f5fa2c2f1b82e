import { TRANSACTIONS_TOPIC, type JobId } from '@fintech-streams/contracts'
import { decimal } from './exact.ts'
import { type PartitionIntake } from './intake.ts'
import { type OracleRules } from './rules.ts'
import { type OracleTransaction } from './source.ts'
import { CustomerHistory } from './verdicts.ts'
import { type KeyedWindowing, WINDOWINGS, windowFields } from './window-jobs.ts'
import { assignWindows, type LateForWindow, type Window } from './windows.ts'

/** A record that a topic should hold. */
export interface Expected {
  /** The Kafka key, byte for byte. */
  key: string
  /** Field values. Free text and evidence are given as what they must be a kind of. */
  value: Readonly<Record<string, unknown>>
  /** False for a window that only an idle step can have closed: it may be absent, but must be right if present. */
  required: boolean
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** The records that a job's topic should hold after all records of the intakes. */
export function* expectedResults(
  job: JobId,
  intakes: readonly PartitionIntake[],
  rules: OracleRules,
): Generator<Expected> {
  if (job === 'fraud_detection' || job === 'anomaly_detection') yield* judgements(job, intakes, rules)
  else {
    for (const window of assignWindows(intakes, WINDOWINGS[job]).windows) {
      yield windowResult(WINDOWINGS[job].keyField, window, windowFields(job, window, rules))
    }
  }
}

/** The record of a window: its key, its bounds, how many transactions it has, and the job's own fields. */
export function windowResult(keyField: string, window: Window, own: Readonly<Record<string, unknown>>): Expected {
  const identity = { [keyField]: window.key, window_start: iso(window.startMs) }
  const counted = { window_end: iso(window.endMs), transaction_count: window.transactions.length }
  return {
    key: JSON.stringify(identity),
    value: { ...identity, ...counted, ...own },
    required: window.isClosed,
  }
}

function* judgements(
  job: 'fraud_detection' | 'anomaly_detection',
  intakes: readonly PartitionIntake[],
  rules: OracleRules,
): Generator<Expected> {
  for (const intake of intakes) {
    const histories = new Map<string, CustomerHistory>()
    for (const { transaction: t, eventTimeSoFarMs } of intake.counted) {
      const known = histories.get(t.customerId)
      const history = known === undefined || known.isForgotten(eventTimeSoFarMs) ? new CustomerHistory(rules) : known
      histories.set(t.customerId, history)
      const { verdict, fraudScore, anomaly } = history.judge(t)
      const common = { ...judged(t), rule_version: rules.version }
      if (job === 'fraud_detection') {
        const own = { account_id: t.accountId, amount_usd: decimal(t.amountMinor), verdict, fraud_score: fraudScore }
        yield { key: keyOf(t), value: { ...common, ...own }, required: true }
      } else if (anomaly !== null) {
        const own = { anomaly_type: anomaly.type, anomaly_score: anomaly.score }
        yield { key: keyOf(t), value: { ...common, ...own }, required: true }
      }
    }
  }
}

const keyOf = (t: OracleTransaction): string => JSON.stringify({ transaction_id: t.transactionId })

const judged = (t: OracleTransaction): Record<string, unknown> => ({
  transaction_id: t.transactionId,
  customer_id: t.customerId,
  event_time: iso(t.eventTimeMs),
})

/** The records that `fintech.late` should hold. @param windowings those of every window job that runs, by its id. */
export function* expectedLate(
  intakes: readonly PartitionIntake[],
  windowings: Readonly<Record<string, KeyedWindowing>> = WINDOWINGS,
): Generator<Expected> {
  for (const { transaction, latenessMs } of intakes.flatMap((intake) => intake.beyondHorizon)) {
    yield lateRecord(transaction, { job: '*', key: null, window_start: null, window_end: null }, latenessMs)
  }
  for (const [job, windowing] of Object.entries(windowings)) {
    for (const late of assignWindows(intakes, windowing).late) yield lateForWindow(job, windowing.keyField, late)
  }
}

function lateForWindow(job: string, keyField: string, late: LateForWindow): Expected {
  const window = {
    job,
    key: { [keyField]: late.key },
    window_start: iso(late.startMs),
    window_end: iso(late.endMs),
  }
  return lateRecord(late.transaction, window, late.latenessMs)
}

function lateRecord(t: OracleTransaction, window: Record<string, unknown>, latenessMs: number): Expected {
  const reason = window['job'] === '*' ? 'beyond_horizon' : 'window_closed'
  const value = { transaction_id: t.transactionId, ...window, event_time: iso(t.eventTimeMs) }
  return { key: keyOf(t), value: { ...value, lateness_ms: latenessMs, reason }, required: true }
}

/** The records that `fintech.dead_letter` should hold; `reason` is any one of those given. */
export function* expectedDeadLetters(intakes: readonly PartitionIntake[]): Generator<Expected> {
  for (const { record, reasons } of intakes.flatMap((intake) => intake.malformed)) {
    const position = { topic: TRANSACTIONS_TOPIC, partition: record.partition, offset: record.offset }
    yield {
      key: `${TRANSACTIONS_TOPIC}/${record.partition}/${record.offset}`,
      value: {
        ...position,
        timestamp: iso(record.timestampMs),
        key_base64: beginning(record.key),
        value_base64: beginning(record.value),
        value_bytes: record.value?.length ?? null,
        reason: reasons,
      },
      required: true,
    }
  }
}

/** What a letter holds of a key or value: at most a mebibyte. */
const beginning = (bytes: Buffer | null): string | null => bytes?.subarray(0, 1 << 20).toString('base64') ?? null
