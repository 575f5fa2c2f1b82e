/**
 * How many transactions a second the generator writes to a real Postgres, with their outbox events and balances.
 *
 * npx node bench/generator-rate.ts [runs]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { valuesFromEnvironment } from '@fintech-streams/service'
import { commandLine, clean, startProcesses, stopStack, withClient } from '@fintech-streams/local'
import { migrate, rolePasswordSettings } from '@fintech-streams/sql'
import { openBenchStack } from './src/bench-stack.ts'
import { ProcessorTime } from './src/processor-time.ts'

const CUSTOMERS = 1_000
const TRANSACTIONS = 200_000
const RUNS_MIN = 3
const SAMPLE_MS = 100

interface Run {
  perSecond: number
  /** Processor time for one transaction, microseconds. */
  generatorUs: number
  backendUs: number
  walBytesPerTransaction: number
}

const runs = Math.max(RUNS_MIN, Number(process.argv[2] ?? RUNS_MIN))
const stack = await openBenchStack('generator-rate')
try {
  await startProcesses(stack, ['postgres'])
  console.log(
    `${TRANSACTIONS} transactions of ${CUSTOMERS} customers, ${runs} runs, load ${loadavg()[0]?.toFixed(1)} before`,
  )
  console.log('run  transactions/s  generator µs each  backend µs each  WAL bytes each')
  const measured: Run[] = []
  for (let n = 1; n <= runs; n += 1) {
    const run = await measure(`run_${n}`)
    measured.push(run)
    console.log(row(String(n), run))
  }
  const median = medianOf(measured)
  console.log(row('med', median))
  console.log(limitOf(median))
} finally {
  await stopStack(stack)
  await clean(stack, false, () => undefined)
}

/** One run on a database of its own. */
async function measure(database: string): Promise<Run> {
  await withClient(stack, 'postgres', (client) => client.query(`create database ${database}`))
  await migrate(
    {
      host: 'localhost',
      port: stack.ports.postgres,
      database,
      user: stack.env['POSTGRES_USER'],
      password: stack.env['POSTGRES_PASSWORD'],
    },
    valuesFromEnvironment(rolePasswordSettings, {}),
  )
  await generator(database, 'init', '--num-customers', String(CUSTOMERS))
  await withClient(stack, database, (client) => client.query('checkpoint'))
  const walBefore = await walPosition()
  const { output, generatorSeconds, backendSeconds } = await generator(
    database,
    ...['run', '--rate', '0', '--count', String(TRANSACTIONS)],
  )
  const walBytes = (await walPosition()) - walBefore
  const took = /total: ([\d,]+) transactions .* in ([\d.]+) s/.exec(output)
  const [written, seconds] = [Number(took?.[1]?.replaceAll(',', '')), Number(took?.[2])]
  if (written !== TRANSACTIONS) throw new Error(`the generator wrote ${written}, not ${TRANSACTIONS}: ${output}`)
  return {
    perSecond: written / seconds,
    generatorUs: (generatorSeconds / written) * 1e6,
    backendUs: (backendSeconds / written) * 1e6,
    walBytesPerTransaction: walBytes / written,
  }
}

/** Runs the program to its end and follows the processor time of it and of its connection. */
async function generator(database: string, ...args: string[]) {
  const program = commandLine(stack, 'generator')
  const child = spawn(process.execPath, [...program, ...args], { env: { ...stack.env, POSTGRES_DB: database } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)))
  const exited = once(child, 'exit')
  const own = new ProcessorTime()
  const backend = new ProcessorTime()
  while (child.exitCode === null) {
    own.sample(child.pid)
    backend.sample(await backendOf(database))
    await sleep(SAMPLE_MS)
  }
  await exited
  if (child.exitCode !== 0) throw new Error(`the generator failed: ${output}`)
  return { output, generatorSeconds: own.seconds(), backendSeconds: backend.seconds() }
}

async function backendOf(database: string): Promise<number | undefined> {
  return withClient(stack, 'postgres', async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'generator' and datname = $1`,
      [database],
    )
    return rows[0]?.pid
  })
}

async function walPosition(): Promise<number> {
  return withClient(stack, 'postgres', async (client) => {
    const { rows } = await client.query<{ bytes: string }>(`select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes`)
    return Number(rows[0]?.bytes)
  })
}

function medianOf(all: readonly Run[]): Run {
  const middle = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1] ?? NaN
  return {
    perSecond: middle(all.map((run) => run.perSecond)),
    generatorUs: middle(all.map((run) => run.generatorUs)),
    backendUs: middle(all.map((run) => run.backendUs)),
    walBytesPerTransaction: middle(all.map((run) => run.walBytesPerTransaction)),
  }
}

function row(name: string, run: Run): string {
  return [
    name.padEnd(3),
    Math.round(run.perSecond).toString().padStart(14),
    run.generatorUs.toFixed(1).padStart(17),
    run.backendUs.toFixed(1).padStart(15),
    Math.round(run.walBytesPerTransaction).toString().padStart(14),
  ].join('  ')
}

function limitOf({ perSecond, generatorUs, backendUs }: Run): string {
  const atMost = 1e6 / (generatorUs + backendUs)
  return (
    `limit: one connection, whose two ends take turns: the generator makes a batch, then the backend stores it. With ` +
    `nothing else to do the processors give at most ${Math.round(atMost)}/s; ${Math.round((perSecond / atMost) * 100)} % of ` +
    `that was reached, the rest is waiting for the disk and for other programs.`
  )
}
