import { histogram, quantile, total, type Samples } from '@fintech-streams/service'
import {
  analyticsTopic,
  DEAD_LETTER_TOPIC,
  LATE_TOPIC,
  resultTable as tableOf,
  TRANSACTIONS_TOPIC,
} from '@fintech-streams/contracts'
import { newestEventMs } from '@fintech-streams/ledger'
import { withClient } from './postgres.ts'
import { processorSamples } from './processor-samples.ts'
import { setting, type Stack } from './stack.ts'

const LATENCY = 'processor_end_to_end_latency_seconds'

/** How far the pipeline is. */
export interface Progress {
  readonly transactions: number
  /** Transactions whose verdict is in Postgres, or that are there as beyond the horizon or as dead letters. */
  readonly processed: number
  readonly late: number
  readonly deadLettered: number
  /** Results that the running processors have written. */
  readonly results: number
  readonly samples: Samples
}

/** Looks at the database and at the processors' metrics. Zeros where Postgres or a processor is down. */
export async function observeProgress(stack: Stack): Promise<Progress> {
  const samples = await processorSamples(stack)
  const counts = await countRows(stack).catch(() => undefined)
  const { transactions = 0, verdicts = 0, beyond_horizon = 0, late = 0, dead_lettered = 0 } = counts ?? {}
  return {
    transactions,
    processed: verdicts + beyond_horizon + dead_lettered,
    late,
    deadLettered: dead_lettered,
    results: total(samples, 'processor_job_out_total'),
    samples,
  }
}

/** Transactions that have not come out at the end of the pipeline yet. */
export function onTheirWay({ transactions, processed }: Progress): number {
  return Math.max(0, transactions - processed)
}

/**
 * One line of progress; its latencies are those since the look before. @param phase what these are latencies of: as long as
 * history is on its way, they say how far behind it is.
 */
export function progressLine(now: Progress, before: Progress, elapsedMs: number, phase: 'history' | 'live'): string {
  const count = (n: number): string => n.toLocaleString('en-US')
  return [
    clock(elapsedMs),
    `${count(now.transactions)} transactions`,
    `${count(onTheirWay(now))} on their way`,
    `${count(now.results)} results`,
    `${count(now.late)} late`,
    `${count(now.deadLettered)} dead letters`,
    `${phase} ${latencyText(now.samples, before.samples)}`,
  ].join(' · ')
}

/** Half and all but one in a hundred of the latencies from a row's commit to its results' commit. */
export function latencyText(now: Samples, before: Samples = []): string {
  const seen = histogram(now, LATENCY, before)
  const text = (q: number): string => {
    const seconds = quantile(seen, q)
    return seconds === undefined ? '–' : `${Math.round(seconds * 1_000).toLocaleString('en-US')} ms`
  }
  return `latency p50 ${text(0.5)}, p99 ${text(0.99)}`
}

/** The newest event time in the database, undefined when there is none. */
export async function lastEventMs(stack: Stack): Promise<number | undefined> {
  return withClient(stack, setting(stack, 'POSTGRES_DB'), newestEventMs)
}

interface RowCounts {
  transactions: number
  verdicts: number
  beyond_horizon: number
  late: number
  dead_lettered: number
}

/** Every transaction gets a verdict, or is late for every job, or is a dead letter. */
const COUNTS = `select
  (select count(*)::int from transactions) as transactions,
  (select count(*)::int from analytics.${tableOf(analyticsTopic('fraud_detection'))}) as verdicts,
  (select count(*)::int from analytics.${tableOf(LATE_TOPIC)} where job = '*') as beyond_horizon,
  (select count(*)::int from analytics.${tableOf(LATE_TOPIC)}) as late,
  (select count(*)::int from analytics.${tableOf(DEAD_LETTER_TOPIC)} where topic = '${TRANSACTIONS_TOPIC}') as dead_lettered`

async function countRows(stack: Stack): Promise<RowCounts | undefined> {
  return withClient(stack, setting(stack, 'POSTGRES_DB'), async (client) => {
    const { rows } = await client.query<RowCounts>(COUNTS)
    return rows[0]
  })
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}
