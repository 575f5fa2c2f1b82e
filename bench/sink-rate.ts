/**
 * How many results a second the sink brings from Kafka to a real Postgres: verdicts (a row per transaction) and window
 * results, half of each. Offsets are in the database, so each run reads the same topics into a new one.
 *
 * npx node bench/sink-rate.ts [runs]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { valuesFromEnvironment } from '@fintech-streams/service'
import { analyticsTopic, formatInstant, formatMinor, minutes, PARTITIONS, RESULTS } from '@fintech-streams/contracts'
import { commandLine, clean, kafkaOf, startProcesses, stopStack, withClient } from '@fintech-streams/local'
import { migrate, rolePasswordSettings } from '@fintech-streams/sql'
import { Admin, Producer } from '@platformatic/kafka'
import { openBenchStack } from './src/bench-stack.ts'
import { ProcessorTime } from './src/processor-time.ts'

const RESULTS_OF_EACH = 200_000
const CUSTOMERS = 5_000
const RECORDS_PER_SEND = 2_000
const RUNS_MIN = 3
const SAMPLE_MS = 50
const START_MS = Date.UTC(2026, 10, 20)

interface Run {
  perSecond: number
  /** Part of the time in which each was busy; 1 is one processor. */
  sinkBusy: number
  backendBusy: number
}

const runs = Math.max(RUNS_MIN, Number(process.argv[2] ?? RUNS_MIN))
const stack = await openBenchStack('sink-rate')
try {
  await startProcesses(stack, ['postgres', 'kafka'])
  await produce()
  console.log(`${2 * RESULTS_OF_EACH} results, ${runs} runs, load ${loadavg()[0]?.toFixed(1)} before`)
  console.log('run  results/s  sink busy  backend busy')
  const measured: Run[] = []
  for (let n = 1; n <= runs; n += 1) {
    const run = await measure(`run_${n}`)
    measured.push(run)
    console.log(row(String(n), run))
  }
  console.log(row('med', medianOf(measured)))
} finally {
  await stopStack(stack)
  await clean(stack, false, () => undefined)
}

async function produce(): Promise<void> {
  const connection = kafkaOf(stack, 'bench')
  const admin = new Admin(connection)
  const producer = new Producer({ ...connection, idempotent: true })
  for (const [job, resultOf] of [['fraud_detection', verdict] as const, ['transaction_metrics', metrics] as const]) {
    const topic = analyticsTopic(job)
    await admin.createTopics({ topics: [topic], partitions: PARTITIONS, replicas: 1 })
    for (let from = 0; from < RESULTS_OF_EACH; from += RECORDS_PER_SEND) {
      const messages = Array.from({ length: RECORDS_PER_SEND }, (_, n) => {
        const result: Record<string, unknown> = resultOf(from + n)
        const key = Object.fromEntries(RESULTS[job].key.map((name) => [name, result[name]]))
        return {
          topic,
          partition: (from + n) % PARTITIONS,
          key: Buffer.from(JSON.stringify(key)),
          value: Buffer.from(JSON.stringify(result)),
        }
      })
      await producer.send({ messages })
    }
  }
  await producer.close()
  await admin.close()
}

/** In no order, as random identifiers are. */
function uuid(n: number): string {
  const scattered = Math.imul(n, 2_654_435_761) >>> 0
  return `${scattered.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

function verdict(n: number) {
  return {
    transaction_id: uuid(n),
    customer_id: uuid(n % CUSTOMERS),
    account_id: uuid(n % (2 * CUSTOMERS)),
    amount_usd: formatMinor(n),
    verdict: 'HIGH_AMOUNT',
    fraud_score: 0.8,
    evidence: { mean: 12.34, standard_deviation: 3.21, transaction_count: 31 },
    rule_version: '1',
    event_time: formatInstant(START_MS + 10 * n),
  }
}

function metrics(n: number) {
  const startMs = START_MS + Math.floor(n / CUSTOMERS) * minutes(5)
  return {
    customer_id: uuid(n % CUSTOMERS),
    window_start: formatInstant(startMs),
    window_end: formatInstant(startMs + minutes(5)),
    transaction_count: 7,
    total_amount: '123.45',
    average_amount: '17.64',
    min_amount: '1.00',
    max_amount: '99.00',
    total_fees: '1.23',
    type_distribution: { PURCHASE: 4, TRANSFER: 2, PAYMENT: 1 },
  }
}

/** One run into a database of its own, from the sink's first look at the topics to the last row. */
async function measure(database: string): Promise<Run> {
  await withClient(stack, 'postgres', (client) => client.query(`create database ${database}`))
  const { env, ports } = stack
  const owner = { user: env['POSTGRES_USER'], password: env['POSTGRES_PASSWORD'] }
  const connection = { host: 'localhost', port: ports.postgres, database, ...owner }
  await migrate(connection, valuesFromEnvironment(rolePasswordSettings, {}))
  await withClient(stack, database, (client) => client.query('checkpoint'))
  const child = spawn(process.execPath, commandLine(stack, 'sink'), {
    env: { ...env, POSTGRES_USER: 'sink', POSTGRES_PASSWORD: 'sink', POSTGRES_DB: database },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  while (!(await get('/readyz')).ok) await sleep(SAMPLE_MS)
  const startedMs = performance.now()
  const own = new ProcessorTime()
  const backend = new ProcessorTime()
  const pid = await backendOf(database)
  while ((await written()) < 2 * RESULTS_OF_EACH) {
    own.sample(child.pid)
    backend.sample(pid)
    await sleep(SAMPLE_MS)
  }
  const seconds = (performance.now() - startedMs) / 1000
  child.kill('SIGTERM')
  await exited
  return { perSecond: (2 * RESULTS_OF_EACH) / seconds, sinkBusy: own.busy(), backendBusy: backend.busy() }
}

async function get(path: string): Promise<{ ok: boolean; text: string }> {
  try {
    const response = await fetch(`http://localhost:${stack.ports.sinkMetrics}${path}`)
    return { ok: response.ok, text: await response.text() }
  } catch {
    return { ok: false, text: '' }
  }
}

async function written(): Promise<number> {
  const lines = (await get('/metrics')).text.split('\n').filter((line) => line.startsWith('sink_records_total{'))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

async function backendOf(database: string): Promise<number | undefined> {
  return withClient(stack, 'postgres', async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'sink' and datname = $1`,
      [database],
    )
    return rows[0]?.pid
  })
}

function medianOf(all: readonly Run[]): Run {
  const middle = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1] ?? NaN
  return {
    perSecond: middle(all.map((run) => run.perSecond)),
    sinkBusy: middle(all.map((run) => run.sinkBusy)),
    backendBusy: middle(all.map((run) => run.backendBusy)),
  }
}

function row(name: string, run: Run): string {
  const percent = (part: number): string => `${Math.round(part * 100)} %`
  return [
    name.padEnd(3),
    Math.round(run.perSecond).toString().padStart(9),
    percent(run.sinkBusy).padStart(9),
    percent(run.backendBusy).padStart(12),
  ].join('  ')
}
