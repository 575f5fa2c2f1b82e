import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError, UsageError } from '@fintech-streams/service'
import { DAY_MS, formatInstant, SECOND_MS } from '@fintech-streams/contracts'
import { type Parties, readActiveParties, readLatestPrices } from '@fintech-streams/ledger'
import { MEAN_MULTIPLIER, RatePlan } from '../model/hours.ts'
import { SYMBOLS } from '../model/market.ts'
import { CURRENCIES } from '../model/places.ts'
import { Population } from '../model/population.ts'
import { TransactionStream } from '../model/stream.ts'
import { type Clock, produce } from '../produce.ts'
import { ProgressLines } from '../progress-lines.ts'
import { databaseConfig, type RunValues } from '../settings.ts'
import { HistoryLease } from '../write/history-lease.ts'
import { SteadyConnection } from '../write/steady-connection.ts'
import { writeOnce } from '../write/write-once.ts'
import { startOf } from './origin.ts'

const wallClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
}

/** @throws UsageError for flags that contradict each other. */
export function checkRun(values: RunValues): void {
  startOf(values)
  if (values.rate !== 0) return
  if (values.backfill > 0) throw new UsageError('--backfill needs a --rate above 0: it says how dense the history is')
  if (values.startTime !== undefined) throw new UsageError('--start-time needs a --rate above 0: it says when rows are')
}

/** Writes transactions until the time, the count or the signal ends it, and prints what came of it. */
export async function run(
  values: RunValues,
  seed: number,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  const connection = new SteadyConnection(databaseConfig(values), { signal, report: print })
  try {
    await connection.open()
    await runOver(connection, values, seed, signal, print)
  } finally {
    await connection.close()
  }
}

async function runOver(
  connection: SteadyConnection,
  values: RunValues,
  seed: number,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  const population = populationOf(await connection.run('anything', readActiveParties), values)
  const latestPrices = await connection.run('anything', (client) => readLatestPrices(client, SYMBOLS))
  // Only now: what it took to get ready is not part of the plan.
  const startMs = startOf(values)
  const stream = new TransactionStream({ seed, startMs, population, fraudShare: values.fraudRate, latestPrices })
  const plan = planOf(values, population, seed, startMs)
  print(`seed ${seed}, start ${formatInstant(startMs)}`)
  const history = new HistoryLease(connection)
  const lines = new ProgressLines(plan, print, Date.now())
  const totals = await produce({
    stream,
    plan,
    clock: wallClock,
    write: (batch) => writeOnce(connection, batch),
    follow: (phase) => history.follow(phase),
    signal,
    isReproducible: values.startTime !== undefined,
    durationMs: values.duration,
    startMs,
    count: values.count ?? Infinity,
    observe: (state) => lines.observe(state, Date.now()),
  })
  lines.total(totals, Date.now())
}

/** Imported accounts can be in a currency that the model has no rate for: those are left alone. */
function populationOf({ customers, accounts, merchants }: Parties, values: RunValues): Population {
  const known: ReadonlySet<string> = new Set(CURRENCIES)
  const usable = [...accounts.values()].filter(({ currency }) => known.has(currency))
  try {
    return new Population(
      [...customers.values()],
      usable,
      [...merchants.values()],
      values.rate === 'natural' ? 'daily' : 'tier',
    )
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new OperatingError('no_reference_data', `${error.message} in the database: run generator init first`, error)
  }
}

function planOf(values: RunValues, population: Population, seed: number, startMs: number): RatePlan | undefined {
  if (values.rate === 0) return undefined
  const naturalPerSecond = (population.dailyTransactions() / DAY_MS) * SECOND_MS
  // With its multipliers a day then comes to the customers' own counts.
  const natural = values.flat ? naturalPerSecond : naturalPerSecond / MEAN_MULTIPLIER
  const perSecond = values.rate === 'natural' ? natural : values.rate
  return new RatePlan({ perSecond, flat: values.flat, seed, startMs: startMs - values.backfill })
}
