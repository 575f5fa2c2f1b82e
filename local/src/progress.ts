import { histogram, processorSamples, quantile, total, type Samples } from './metrics-page.ts'
import { withClient } from './postgres.ts'
import { setting, type Stack } from './stack.ts'

const LATENCY = 'processor_end_to_end_latency_seconds'

/** How far the pipeline is. What processors tell counts from their start. */
export interface Progress {
  readonly transactions: number
  /** Transactions that a processor is done with: counted, beyond the horizon, or dead letters. */
  readonly processed: number
  readonly results: number
  readonly late: number
  readonly deadLettered: number
  readonly samples: Samples
}

/** Looks at the database and at the processors' metrics. */
export async function observeProgress(stack: Stack): Promise<Progress> {
  const samples = await processorSamples(stack)
  const deadLettered = total(samples, 'processor_dead_lettered_total')
  const beyondHorizon = total(samples, 'processor_late_total', { job: '*' })
  return {
    transactions: await countTransactions(stack),
    processed: total(samples, 'processor_counted_total') + beyondHorizon + deadLettered,
    results: total(samples, 'processor_job_out_total'),
    late: total(samples, 'processor_late_total'),
    deadLettered,
    samples,
  }
}

/** Transactions written since `start` that no processor is done with yet. */
export function inFlight(now: Progress, start: Progress): number {
  return Math.max(0, now.transactions - start.transactions - (now.processed - start.processed))
}

/** One line of progress: totals since `start`, latencies since the look before. */
export function progressLine(now: Progress, before: Progress, start: Progress, elapsedMs: number): string {
  const count = (n: number): string => n.toLocaleString('en-US')
  return [
    clock(elapsedMs),
    `${count(now.transactions - start.transactions)} transactions`,
    `${count(inFlight(now, start))} on their way`,
    `${count(now.results - start.results)} results`,
    `${count(now.late - start.late)} late`,
    `${count(now.deadLettered - start.deadLettered)} dead letters`,
    latencyText(now.samples, before.samples),
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
  return withClient(stack, setting(stack, 'POSTGRES_DB'), async (client) => {
    const { rows } = await client.query<{ last: Date | null }>('select max(created_at) as last from transactions')
    return rows[0]?.last?.getTime()
  })
}

async function countTransactions(stack: Stack): Promise<number> {
  try {
    return await withClient(stack, setting(stack, 'POSTGRES_DB'), async (client) => {
      const { rows } = await client.query<{ n: number }>('select count(*)::int as n from transactions')
      return rows[0]?.n ?? 0
    })
  } catch {
    // Postgres is down, which the supervisor reports.
    return 0
  }
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}
