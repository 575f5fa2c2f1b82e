/**
 * How long it takes until a fraud is on the screen: from the request that records a payment far above its customer's
 * mean to its line on the console's page Alerts, in a browser; while the generator writes beside it.
 *
 * npx node bench/alerts.ts --frauds 50 --rate 100
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { addSettings, createProgram, number, OperatingError, runProgram, valuesOf } from '@fintech-streams/service'
import { type Stack, startProcesses, stopStack, withClient } from '@fintech-streams/local'
import {
  consoleMissing,
  ConsoleWindow,
  runCommand,
  eventually,
  type Payer,
  recordLargePayment,
  databaseOf,
} from '@fintech-streams/checks'
import { openBenchStack } from './src/bench-stack.ts'
import { markdown, quantileOf, whole } from './src/figures.ts'

/** Transactions of a customer before its mean counts. */
const HISTORY_MIN = 100
const BETWEEN_MS = 500
/** Caches and compilers warm up. */
const WARM_UP = 5
const SHOWN_WITHIN_MS = 30_000
const CAUGHT_UP_WITHIN_MS = 5 * 60_000

const settings = {
  frauds: number({ default: 50, min: 1, max: 1_000, integer: true, help: 'payments measured' }),
  rate: number({ default: 100, min: 1, integer: true, help: 'transactions a second beside them' }),
}

/** Notes when each alert's line came, by the clock that this process has, too. */
const NOTE_LINES = `window.shown = {}
  new MutationObserver(() => {
    for (const line of document.querySelectorAll('[data-alert]'))
      window.shown[line.dataset.alert] ??= performance.timeOrigin + performance.now()
  }).observe(document.body, { childList: true, subtree: true })`

const program = createProgram('alerts', 'Time from a payment to its alert on the screen')
addSettings(program, settings).action(async () => {
  const { frauds, rate } = valuesOf(program, settings)
  if (consoleMissing()) throw new OperatingError('bench_failed', 'needs Chromium and the built console')
  const stack = await openBenchStack('alerts')
  try {
    const customers = frauds + WARM_UP
    const env = {
      ...stack.env,
      GENERATOR_RATE: String(rate),
      GENERATOR_FLAT: '1',
      GENERATOR_NUM_CUSTOMERS: String(2 * customers),
      GENERATOR_BACKFILL: `${Math.ceil((8 * HISTORY_MIN * customers) / rate)}s`,
    }
    await startProcesses({ ...stack, env }, ['connect', 'processor', 'sink', 'serving'])
    const applied = await runCommand(stack, 'connectors', ['apply'])
    if (applied.code !== 0) throw new OperatingError('bench_failed', applied.stderr)
    await startProcesses({ ...stack, env }, ['generator'])
    const payers = await wellKnown(stack, customers)
    await caughtUp(stack, rate)
    const latencies = await measure(stack, payers)
    const ms = (q: number): string => whole(quantileOf(latencies, q))
    console.log(
      markdown([
        ['transactions/s beside', 'frauds', 'p50 ms', 'p90 ms', 'p99 ms', 'largest ms'],
        [whole(rate), whole(latencies.length), ms(0.5), ms(0.9), ms(0.99), ms(1)],
      ]),
    )
  } finally {
    await stopStack(stack)
  }
})
await runProgram(program)

/** Customers with enough history, whose verdicts are in the tables: the processor knows them, too. */
async function wellKnown(stack: Stack, count: number): Promise<Payer[]> {
  const text = `select v.customer_id, min(a.account_id::text) as account_id
    from (select customer_id from analytics.fraud_detection group by 1 having count(*) > ${HISTORY_MIN}) as v
    join accounts as a using (customer_id) group by 1 order by 1 limit ${count}`
  const rows = await eventually(
    () => withClient(stack, databaseOf(stack), async (client) => (await client.query<Payer>(text)).rows),
    (found) => found.length === count,
    CAUGHT_UP_WITHIN_MS,
  )
  if (rows.length < count) throw new OperatingError('bench_failed', `only ${rows.length} customers have a history`)
  return rows
}

/** Waits until the history has its verdicts: at most those of the last second are missing. */
async function caughtUp(stack: Stack, rate: number): Promise<void> {
  const text = `select (select count(*) from transactions) - (select count(*) from analytics.fraud_detection) as missing`
  const missing = await eventually(
    () =>
      withClient(stack, databaseOf(stack), async (client) =>
        Number((await client.query<{ missing: string }>(text)).rows[0]?.missing),
      ),
    (seen) => seen <= rate,
    CAUGHT_UP_WITHIN_MS,
  )
  if (missing > rate) throw new OperatingError('bench_failed', `${missing} transactions have no verdict yet`)
}

/** Milliseconds of each payment but the first ones, sorted. */
async function measure(stack: Stack, payers: readonly Payer[]): Promise<Float64Array> {
  const window = await ConsoleWindow.open(stack)
  try {
    const { page } = window
    await page.goto('/alerts')
    await page.getByTestId('stream-state').filter({ hasText: 'live' }).waitFor()
    await page.evaluate(NOTE_LINES)
    const sent = new Map<string, number>()
    for (const payer of payers) {
      const transactionId = randomUUID()
      sent.set(`fraud/${transactionId}`, Date.now())
      await recordLargePayment(stack, payer, transactionId)
      await sleep(BETWEEN_MS)
    }
    const shown = await eventually(
      () => page.evaluate<Record<string, number>>('window.shown'),
      (seen) => [...sent.keys()].every((id) => id in seen),
      SHOWN_WITHIN_MS,
    )
    const latencies = [...sent].map(([id, sentMs]) => (shown[id] ?? Infinity) - sentMs)
    return Float64Array.from(latencies.slice(WARM_UP)).sort()
  } finally {
    await window.close()
  }
}
