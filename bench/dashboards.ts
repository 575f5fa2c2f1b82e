/**
 * How long each panel's SQL takes on ten million result rows, a month: for the last 6 hours, day and month. Fails when
 * one takes longer than the bound.
 *
 * npx node bench/dashboards.ts [rows]
 */
import { execFile } from 'node:child_process'
import { loadavg } from 'node:os'
import { promisify } from 'node:util'
import { DAY_MS, hours, RESULTS } from '@fintech-streams/contracts'
import { commandLine, clean, postgresOf, startProcesses, type Stack, stopStack } from '@fintech-streams/local'
import { withPostgres } from '@fintech-streams/postgres'
import type pg from 'pg'
import { dashboards, expand, initialValues, intervalOf, panelQueries } from '@fintech-streams/dashboards'
import { schemaSql, sinkTables } from '@fintech-streams/sink'
import { openBenchStack } from './src/bench-stack.ts'
import { DAYS, fillMonth } from './src/month-of-results.ts'
import { ProcessorTime } from './src/processor-time.ts'

const ROWS = 10_000_000
const CUSTOMERS = 1_000
const BOUND_MS = 200
const RUNS = 3
const RANGES = [
  ['6 h', hours(6)],
  ['24 h', hours(24)],
  ['30 d', 30 * DAY_MS],
] as const

const print = (line: string): void => console.log(line)
const rows = Number(process.argv[2] ?? ROWS)
const stack = await openBenchStack('dashboards')
try {
  await startProcesses(stack, ['postgres'])
  const generator = [...commandLine(stack, 'generator'), 'init', '--num-customers', String(CUSTOMERS)]
  await promisify(execFile)(process.execPath, generator, { env: stack.env })
  const to = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + hours(12))
  await build(stack, to.getTime() - DAYS * DAY_MS)
  if (!(await measure(stack, to))) process.exitCode = 1
} finally {
  await stopStack(stack)
  await clean(stack, false, () => undefined)
}

async function connected<T>(of: Stack, user: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withPostgres({ ...postgresOf(of), user, password: user }, use)
}

/** The month, as the sink leaves it once it has nothing more to do. */
async function build(of: Stack, startMs: number): Promise<void> {
  await connected(of, 'sink', async (sink) => {
    await sink.query(schemaSql(sinkTables(new Map(Object.entries(RESULTS)))).join(';\n'))
  })
  await connected(of, of.env['POSTGRES_USER'] ?? '', async (owner) => {
    await owner.query('set synchronous_commit = off')
    await fillMonth(owner, rows, startMs, print)
  })
  await connected(of, 'sink', async (sink) => {
    const startedMs = performance.now()
    let buckets = 0
    for (let rolled = -1; rolled !== 0; buckets += rolled) {
      rolled = (await sink.query<{ n: number }>('select analytics.roll_up(24) as n')).rows[0]?.n ?? 0
    }
    print(`rolled up ${buckets} buckets in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
    for (const name of Object.keys(RESULTS)) await sink.query(`vacuum analyze analytics.${name}`)
    await sink.query('vacuum analyze analytics.rolled_buckets')
  })
  await connected(of, of.env['POSTGRES_USER'] ?? '', async (owner) => {
    await owner.query('vacuum analyze')
    const { rows: sizes } = await owner.query<{ tables: string; rollups: string }>(`
      select pg_size_pretty(sum(pg_total_relation_size(oid)) filter (where relname not like '%rolled')) as tables,
        pg_size_pretty(sum(pg_total_relation_size(oid)) filter (where relname like '%rolled')) as rollups
      from pg_class where relnamespace = 'analytics'::regnamespace and relkind = 'r'`)
    print(`results ${sizes[0]?.tables}, rollups ${sizes[0]?.rollups}\n`)
  })
}

/** Prints milliseconds for each panel and range. @returns whether all are within the bound. */
async function measure(of: Stack, to: Date): Promise<boolean> {
  print(`median of ${RUNS}, planning included, ms; load ${loadavg()[0]?.toFixed(1)}`)
  print(`${'dashboard'.padEnd(22)}${'panel'.padEnd(34)}${RANGES.map(([name]) => name.padStart(9)).join('')}`)
  const all: number[] = []
  const backend = new ProcessorTime()
  await connected(of, 'grafana', async (grafana) => {
    const pid = (await grafana.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid
    backend.sample(pid)
    for (const dashboard of dashboards()) {
      const values = await initialValues(dashboard, (sql) => firstColumn(grafana, sql))
      for (const { panel, language, query, stepMinMs, pointsMax } of panelQueries(dashboard)) {
        if (language !== 'sql') continue
        const took: number[] = []
        for (const [, rangeMs] of RANGES) {
          const from = new Date(to.getTime() - rangeMs)
          const intervalMs = intervalOf(from, to, pointsMax, stepMinMs)
          took.push(await medianMs(grafana, expand(query, { from, to, intervalMs, variables: values })))
        }
        all.push(...took)
        const marked = took.map((ms) => `${ms.toFixed(1)}${ms > BOUND_MS ? '!' : ' '}`.padStart(9)).join('')
        print(`${(dashboard.uid ?? '').padEnd(22)}${(panel.title ?? '').padEnd(34)}${marked}`)
      }
    }
    backend.sample(pid)
  })
  const slow = all.filter((ms) => ms > BOUND_MS)
  print(`\n${all.length} queries, ${slow.length} over ${BOUND_MS} ms, slowest ${Math.max(...all).toFixed(1)} ms`)
  // Well below 1, other programs had the processors, and the times are theirs, too.
  print(`the backend had a processor for ${(100 * backend.busy()).toFixed(0)} % of the time`)
  return slow.length === 0
}

async function firstColumn(client: pg.Client, sql: string): Promise<string[]> {
  const { rows: found } = await client.query<[unknown]>({ text: sql, rowMode: 'array' })
  return found.map(([value]) => String(value))
}

interface Explained {
  readonly 'QUERY PLAN': readonly [{ 'Planning Time': number; 'Execution Time': number }]
}

/** Without a clock reading for each row of each node, which would measure the clock. */
async function medianMs(client: pg.Client, sql: string): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const explained = await client.query<Explained>(`explain (analyze, buffers, timing off, format json) ${sql}`)
    const [plan] = explained.rows[0]?.['QUERY PLAN'] ?? []
    times.push((plan?.['Planning Time'] ?? NaN) + (plan?.['Execution Time'] ?? NaN))
  }
  return times.sort((one, other) => one - other)[RUNS >> 1] ?? NaN
}
