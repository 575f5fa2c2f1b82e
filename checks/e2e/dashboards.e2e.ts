import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts, type Stack, stopStack, withClient } from '@fintech-streams/local'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import {
  dashboards,
  expand,
  expandPromql,
  initialValues,
  intervalOf,
  panelQueries,
  type PanelQuery,
  type QueryContext,
  type VariableValues,
  POSTGRES_ALERTS,
  fraudAlerts,
  inWords,
} from '@fintech-streams/dashboards'
import { ROLLUPS } from '@fintech-streams/sink'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const GENERATOR = 'run-all --flat --rate 5 --num-customers 40 --backfill 70m --duration 20s --fraud-rate 0.05 --seed 7'
const HOUR_MS = 3_600_000
const SCRAPE_MS = 1_000
/** Windows, rollups by hour, rollups by day. */
const RANGES_HOURS = [3, 24, 30 * 24] as const
const SETTLES_WITHIN_MS = 180_000

const ALL = dashboards()
const QUERIES = ALL.flatMap((dashboard) =>
  panelQueries(dashboard).map((query) => ({
    name: `${dashboard.title}: ${query.panel.title} ${query.refId}`,
    dashboard,
    query,
  })),
)
const SQL = QUERIES.filter(({ query }) => query.language === 'sql')
const PROMQL = QUERIES.filter(({ query }) => query.language === 'promql')

let stack: Stack
let grafana: pg.Client
let sink: pg.Client
let prometheus: Prometheus | undefined
let values: Map<string | undefined, VariableValues>

beforeAll(async () => {
  stack = await startTestStack('dashboards', ['connect', 'processor', 'sink', 'serving'])
  prometheus = await startPrometheus()
  expect(await runCommand(stack, 'connectors', ['apply'])).toMatchObject({ code: 0 })
  expect(await runCommand(stack, 'generator', GENERATOR.split(' '))).toMatchObject({ code: 0 })
  grafana = await connect('grafana')
  sink = await connect('sink')
  const [{ written } = {}] = await rows(grafana, 'select count(*) as written from transactions')
  // What a pipeline that runs well does not have.
  await sink.query(`
    insert into analytics.late values
      ('00000000-0000-4000-8000-000000000001', 'fraud_detection', null, null, null, now(), 250, 'beyond_horizon');
    insert into analytics.dead_letter (topic, partition, "offset", timestamp, reason, detail)
      values ('fintech.transactions', 0, 7, now(), 'not_json', 'no object')`)
  await reconcile()
  // Everything has come through, up to windows of a minute, which idle time closes last.
  const [settled] = await eventually(
    () =>
      rows(
        sink,
        `select (select coalesce(sum(transaction_count), 0) from analytics.dashboard_metrics)::bigint as counted,
           (select count(*) from analytics.time_pattern) > 0 as hours`,
      ),
    ([seen]) => seen?.['counted'] === written && seen?.['hours'] === true,
    SETTLES_WITHIN_MS,
  )
  expect(settled).toEqual({ counted: written, hours: true })
  values = new Map()
  for (const dashboard of ALL) values.set(dashboard.uid, await initialValues(dashboard, firstColumn))
})
afterAll(async () => {
  for (const client of [grafana, sink]) await client?.end()
  await prometheus?.stop()
  await stopTestStack(stack)
})

/** Rows as a night publishes them: the nightly batch has tests of its own. */
async function reconcile(): Promise<void> {
  await withClient(stack, databaseOf(stack), (client) =>
    client.query(`
      insert into reconciliation.runs (run_id, business_date, started_at, summary) values ('1', current_date - 1, now(), '{}');
      insert into reconciliation.reconciliation_totals values
        (current_date - 1, 'NORTHBANK', 'EUR', 'MATCHED', 97, 970, 970, 0),
        (current_date - 1, 'NORTHBANK', 'EUR', 'MISSING_EXTERNAL', 3, 30, 0, -30),
        (current_date - 1, 'PAYRAIL', 'USD', 'AWAITING_STATEMENT', 50, 500, 0, -500);
      insert into reconciliation.failures (business_date, code, message) values
        (current_date - 1, 'no_transactions', 'a night that failed'),
        (current_date - 1, 'late_statement', 'no whole statement of PAYRAIL has come');
      insert into reconciliation.statement_files (file_id, name, business_date, bank_ids, first_day, last_day, is_refused,
        taken_count, rejected_count, known_count, unbooked_count, problem, ingested_at)
      values (repeat('a', 64), 'north.csv', current_date - 1, 'NORTHBANK', current_date - 1, current_date - 1, false,
        98, 1, 1, 0, null, now());
      insert into reconciliation.reconciliation_index values
        ('00000000-0000-4000-8000-000000000001', current_date - 1, 'NORTHBANK', 'EUR', 'DBIT', 'MISSING_EXTERNAL', null,
         'NONE', 1, 30, null, -30, '00000000-0000-4000-8000-000000000001', null, null, null, null, 0, 1);
      insert into reconciliation.settlement_index
        (business_date, merchant_id, payout_date, currency, gross_usd, refunds_usd, chargebacks_usd, fees_usd, net_usd,
         payout_status)
      select current_date - 1, merchant_id, current_date + 1, 'USD', 100, 5, 0, 1, 94, 'SCHEDULED' from merchants limit 1;
      insert into reconciliation.merchant_index
        (business_date, merchant_id, transaction_count, volume_usd, refund_count, refund_usd, refund_rate,
         chargeback_count, chargeback_usd, chargeback_rate, declined_count, decline_rate, is_anomalous, anomaly_reasons)
      select current_date - 1, merchant_id, 10, 100, 2, 5, 0.2, 0, 0, 0, 0, 0, true, 'REFUND_RATE' from merchants limit 1`),
  )
}

/** A demo's roles have their names as passwords. */
async function connect(user: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: 'localhost',
    port: stack.ports.postgres,
    database: databaseOf(stack),
    user,
    password: user,
  })
  await client.connect()
  return client
}

const rows = async (client: pg.Client, sql: string): Promise<Record<string, unknown>[]> =>
  (await client.query<Record<string, unknown>>(sql)).rows

async function firstColumn(sql: string): Promise<string[]> {
  const { rows: found } = await grafana.query<[unknown]>({ text: sql, rowMode: 'array' })
  return found.map(([value]) => String(value))
}

/** The last hours as the dashboard's panel asks for them. */
function contextOf({ pointsMax, stepMinMs }: PanelQuery, hours: number, variables?: VariableValues): QueryContext {
  const to = new Date()
  const from = new Date(to.getTime() - hours * HOUR_MS)
  const intervalMs = intervalOf(from, to, pointsMax, stepMinMs)
  return variables === undefined ? { from, to, intervalMs } : { from, to, intervalMs, variables }
}

const { DATE, INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC, TEXT, BPCHAR } = pg.types.builtins
const NUMBERS: readonly number[] = [INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC]
const TEXTS: readonly number[] = [TEXT, BPCHAR]
const DAYS: readonly number[] = [DATE]
const isNumber = ({ dataTypeID }: pg.FieldDef): boolean => NUMBERS.includes(dataTypeID)
const isText = ({ dataTypeID }: pg.FieldDef): boolean => TEXTS.includes(dataTypeID)

/** What the kind of the panel can draw. */
function expectShape({ panel, format }: PanelQuery, { fields, rows: found }: pg.QueryResult, from: Date): void {
  expect(found.length).toBeGreaterThan(0)
  // A day that is a time is shown with an hour, in the reader's own zone.
  expect(fields.filter(({ dataTypeID }) => DAYS.includes(dataTypeID))).toEqual([])
  const [first, ...others] = fields
  if (format === 'time_series') {
    expect(first).toMatchObject({ name: 'time' })
    const times = (found as { time: unknown }[]).map(({ time }) =>
      time instanceof Date ? +time / 1_000 : Number(time),
    )
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    // A bucket of a rollup may begin before the range; it is a day at most.
    expect(times[0]).toBeGreaterThan(from.getTime() / 1_000 - 25 * 3_600)
    const values = others.filter(({ name }) => name !== 'metric')
    expect(values.length).toBeGreaterThan(0)
    expect(values.filter((field) => !isNumber(field))).toEqual([])
  } else if (panel.type === 'stat' || panel.type === 'gauge') {
    expect(found).toHaveLength(1)
    expect(fields.map(isNumber)).toEqual([true])
    expect(Number.isFinite(Number(Object.values(found[0] as object)[0]))).toBe(true)
    expect(Object.values(found[0] as object)[0]).not.toBeNull()
  } else if (['barchart', 'piechart', 'bargauge', 'geomap'].includes(panel.type)) {
    expect(first && isText(first)).toBe(true)
    expect(others.length).toBeGreaterThan(0)
    expect(others.filter((field) => !isNumber(field))).toEqual([])
  }
}

describe.each(RANGES_HOURS)('the SQL of every panel, for the last %i hours, as the role that Grafana has', (hours) => {
  test.each(SQL)('$name', async ({ dashboard, query }) => {
    const context = contextOf(query, hours, values.get(dashboard.uid))
    expectShape(query, await grafana.query(expand(query.query, context)), context.from)
  })
})

test('all that happened is in every range, so windows and rollups give the same totals', async () => {
  const totals = SQL.filter(({ query: { panel } }) => panel.type === 'stat' || panel.type === 'gauge')
  expect(totals.length).toBeGreaterThan(30)
  for (const { name, dashboard, query } of totals) {
    const seen: number[] = []
    for (const hours of RANGES_HOURS) {
      const sql = expand(query.query, contextOf(query, hours, values.get(dashboard.uid)))
      seen.push(Number(Object.values((await rows(grafana, sql))[0] ?? {})[0]))
    }
    const [windows, ...rolled] = seen
    for (const far of rolled) {
      // The stack is quiet, but a window may still close in between.
      const apart = Math.abs(windows! - far) / Math.max(1, Math.abs(far))
      expect.soft(apart, `${name}: ${windows} and ${far}`).toBeLessThan(0.02)
    }
  }
})

const FILLED = SQL.filter(({ query }) => query.query.includes('generate_series'))

test.each(FILLED)('$name has every step of every line', async ({ dashboard, query }) => {
  const found = await rows(grafana, expand(query.query, contextOf(query, 3, values.get(dashboard.uid))))
  const lines = Map.groupBy(found, ({ metric }) => metric)
  const times = [...lines.values()].map((points) => points.map(({ time }) => Number(time)))
  for (const line of times) expect(line).toEqual(times[0])
  const [first = 0, second = 0] = times[0] ?? []
  expect(times[0]).toEqual(times[0]?.map((_, at) => first + at * (second - first)))
})

/** What a superuser sees after a change that is then undone. */
async function afterChange<T>(change: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(stack, databaseOf(stack), async (client) => {
    await client.query('begin')
    try {
      await client.query(change)
      return await ask(client)
    } finally {
      await client.query('rollback')
    }
  })
}

test('an hour without alerts is zero up to now, and no line across it', async () => {
  const { dashboard, query } = FILLED.find(({ name }) => name.startsWith('Fraud Detection: Alerts an hour'))!
  const context = contextOf(query, 3, values.get(dashboard.uid))
  const beginMs = context.to.getTime() - HOUR_MS
  const found = await afterChange(
    `delete from analytics.fraud_detection where event_time >= '${new Date(beginMs).toISOString()}'`,
    (client) => rows(client, expand(query.query, context)),
  )
  const within = found.filter(({ time }) => Number(time) * 1_000 >= beginMs)
  const last = Math.max(...within.map(({ time }) => Number(time) * 1_000))
  expect(last).toBeGreaterThan(context.to.getTime() - context.intervalMs)
  expect(new Set(within.map(({ alerts }) => Number(alerts)))).toEqual(new Set([0]))
  expect(found.some(({ alerts }) => Number(alerts) > 0)).toBe(true)
})

describe('alerts on Postgres', () => {
  const sqlOf = (uid: string): string => POSTGRES_ALERTS.find((alert) => alert.uid === uid)!.sql
  const numberOf = async (client: pg.Client, uid: string): Promise<number> => {
    const { rows: found, fields } = await client.query<Record<string, unknown>>(sqlOf(uid))
    expect([found.length, fields.length]).toEqual([1, 1])
    return Number(Object.values(found[0]!)[0])
  }

  test.each(POSTGRES_ALERTS)('$name has one number for the role that Grafana has', async ({ uid }) => {
    expect(await numberOf(grafana, uid)).not.toBeNaN()
  })

  const aboveOf = (uid: string): number => POSTGRES_ALERTS.find((alert) => alert.uid === uid)!.above

  test.each(['connector-down', 'lost-slots', 'retained-wal'])('%s is silent on a stack that runs', async (uid) => {
    expect(await numberOf(grafana, uid)).toBeLessThanOrEqual(aboveOf(uid))
  })

  /** The windows of the last minutes, whenever the generator wrote. */
  const RECENT = `update analytics.dashboard_metrics set window_start = window_start + moved, window_end = window_end + moved
    from (select now() - max(window_end) as moved from analytics.dashboard_metrics) as by`
  const VERDICTS = `${RECENT}; update analytics.fraud_detection set event_time = now() - interval '1 minute', `
  const cases = (count: number): string => `insert into fraud_alerts
      (alert_id, transaction_id, customer_id, alert_type, severity, confidence_score, created_at)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'X', 'CRITICAL', 0.9,
      now() - case when n <= ${count} then interval '1 minute' else interval '20 minutes' end
    from generate_series(1, 50) as n`
  test.each([
    ['fraud-rate', `${VERDICTS} verdict = 'HIGH_AMOUNT', fraud_score = 0.8`, `${VERDICTS} verdict = 'NORMAL'`],
    ['critical-alerts', `delete from fraud_alerts; ${cases(21)}`, `delete from fraud_alerts; ${cases(20)}`],
    [
      'connector-down',
      `update connector_heartbeats set beat_at = now() - interval '2 minutes' where connector like '%outbox%'`,
      'update connector_heartbeats set beat_at = now()',
    ],
    [
      'no-data',
      `${RECENT}; update analytics.dashboard_metrics
         set window_start = window_start - interval '301 s', window_end = window_end - interval '301 s'`,
      RECENT,
    ],
  ])('%s fires, and is silent where things are as they should be', async (uid, wrong, right) => {
    expect(await afterChange(wrong, (client) => numberOf(client, uid))).toBeGreaterThan(aboveOf(uid))
    expect(await afterChange(right, (client) => numberOf(client, uid))).toBeLessThanOrEqual(aboveOf(uid))
  })

  const YOUNG = "select extract(epoch from now() - pg_postmaster_start_time() - interval '5 minutes') as age"
  test.each([
    ['connector-down', 'delete from connector_heartbeats'],
    ['no-data', 'delete from analytics.dashboard_metrics'],
  ])('%s, where it never happened, counts from five minutes after the start', async (uid, change) => {
    const [age, expected] = await afterChange(change, async (client) => [
      await numberOf(client, uid),
      Number((await rows(client, YOUNG))[0]?.['age']),
    ])
    expect(age).toBeCloseTo(expected, 3)
  })
})

test('what waits for its statement is neither settled nor a break, and a statement’s problem is no failed night', async () => {
  const shown = async (title: string): Promise<Record<string, unknown>[]> => {
    const { query } = SQL.find(({ name }) => name.startsWith(`Reconciliation: ${title} `))!
    return rows(grafana, expand(query.query, contextOf(query, 24)))
  }
  expect(await shown('Settled')).toEqual([{ share: 0.97 }])
  expect(await shown('Breaks')).toEqual([{ breaks: '3' }])
  expect(await shown('Failed nights')).toEqual([{ failures: '1' }])
  expect((await shown('Aging')).map((row) => row['break'])).toEqual(['MISSING_EXTERNAL'])
  expect(await shown('By day, bank and currency')).toMatchObject([
    { bank: 'NORTHBANK', entries: '100', settled: '97', awaited: '0', missing_external: '3' },
    { bank: 'PAYRAIL', entries: '50', settled: '0', awaited: '50', missing_external: '0' },
  ])
})

test('evidence is words, with two digits', async () => {
  const { dashboard, query } = SQL.find(({ name }) => name.startsWith('Fraud Detection: Latest alerts'))!
  const found = await rows(grafana, expand(query.query, contextOf(query, 24, values.get(dashboard.uid))))
  expect(found.length).toBeGreaterThan(0)
  for (const { evidence } of found) expect(evidence).toMatch(/^([a-z0-9 ]+: [^:{}"]+(, |$))+$/)
  expect(found.map(({ evidence }) => String(evidence)).join()).not.toMatch(/\.\d{3}/)
  const given = inWords(
    `'{"mean": "344.30", "limit": 5990.049751654381, "n60": 3, "country": "PT", "off": 1e-9}'::jsonb`,
  )
  expect(await rows(grafana, `select ${given} as text`)).toEqual([
    { text: 'in 60 min: 3, off: 0, mean: 344.30, limit: 5990.05, country: PT' },
  ])
})

test('alerts are marks on the charts', async () => {
  const { target } = fraudAlerts.build()
  const { rawSql } = target as unknown as { rawSql: string }
  const found = await rows(grafana, expand(rawSql, { ...contextOf(SQL[0]!.query, 3) }))
  expect(found.length).toBeGreaterThan(0)
  expect(Object.keys(found[0]!)).toEqual(['time', 'text', 'tags'])
})

test('Grafana cannot read who people are, and cannot write', async () => {
  await expect(grafana.query('select email from customers')).rejects.toThrow('permission denied')
  await expect(grafana.query('delete from analytics.fraud_detection')).rejects.toThrow('permission denied')
})

interface Prometheus {
  get(path: string, parameters: Record<string, string>): Promise<{ result: { value?: unknown; values?: unknown[] }[] }>
  stop(): Promise<void>
}

/** Prometheus on the stack's own processes, where it is installed. */
async function startPrometheus(): Promise<Prometheus | undefined> {
  if (spawnSync('prometheus', ['--version']).status !== 0) {
    process.stderr.write('queries on Prometheus are not run: install it (apt-get install prometheus)\n')
    return undefined
  }
  const folder = join(stack.dataDir, 'prometheus')
  const [port = 0] = await freePorts(1)
  const target = (name: string, targetPort: number) => ({
    job_name: name,
    honor_labels: name === 'processor',
    static_configs: [{ targets: [`localhost:${targetPort}`] }],
  })
  // Of an earlier run.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: `${SCRAPE_MS}ms`, evaluation_interval: `${SCRAPE_MS}ms` },
      rule_files: [join(stack.checkout, 'docker/prometheus/rules.yml')],
      scrape_configs: [
        target('processor', stack.ports.processorMetrics),
        target('sink', stack.ports.sinkMetrics),
        target('serving', stack.ports.api),
      ],
    }),
  )
  const args = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=localhost:${port}`,
  ]
  const child: ChildProcess = spawn('prometheus', args, { stdio: 'ignore' })
  return {
    get: async (path, parameters) => {
      const response = await fetch(
        `http://localhost:${port}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
      )
      const body = (await response.json()) as {
        data: { result: { value?: unknown; values?: unknown[] }[] }
        error?: string
      }
      expect(body).not.toHaveProperty('error')
      return body.data
    },
    stop: async () => {
      const exited = once(child, 'exit')
      if (child.kill('SIGTERM')) await exited
    },
  }
}

describe('the PromQL of every panel', () => {
  test.each(PROMQL)('$name', async ({ query }) => {
    if (prometheus === undefined) return
    const asked = contextOf(query, 0.05)
    const expr = expandPromql(query.query, asked, SCRAPE_MS)
    const seconds = (date: Date): string => String(date.getTime() / 1_000)
    const range = { query: expr, start: seconds(asked.from), end: seconds(asked.to), step: '1' }
    const now = { query: expr, time: seconds(asked.to) }
    const { result } =
      query.format === 'time_series' ? await prometheus.get('query_range', range) : await prometheus.get('query', now)
    expect(result.length).toBeGreaterThan(0)
    for (const { value, values: series } of result) expect(value ?? series?.length).toBeTruthy()
  })
})

describe('rollups, while the sink rests', () => {
  beforeAll(() => stopStack(stack, ['sink']))

  const since = "now() - interval '30 days'"
  const read = async (name: string): Promise<string[]> => {
    const found = await rows(
      grafana,
      `select to_jsonb(row)::text as row from analytics.${name}(${since}, now()) as row`,
    )
    return found.map(({ row }) => String(row)).sort()
  }
  const readAll = async (): Promise<Map<string, string[]>> => {
    const all = new Map<string, string[]>()
    for (const { name } of ROLLUPS) all.set(name, await read(name))
    return all
  }
  /** The results of some days ago as well, so that there are days that are over. */
  const copyToEarlierDays = async (): Promise<void> => {
    for (const table of new Set(ROLLUPS.map(({ of }) => of))) {
      const [{ columns = '' } = {}] = await rows(
        sink,
        `select string_agg(case when column_name in ('window_start', 'window_end')
           then column_name || ' - d * interval ''1 day''' else column_name end, ', ' order by ordinal_position) as columns
         from information_schema.columns where table_schema = 'analytics' and table_name = '${table}'`,
      )
      await sink.query(
        `insert into analytics.${table} select ${String(columns)} from analytics.${table}, generate_series(2, 4) as d`,
      )
    }
  }

  test('are what the windows are, before and after they are made, and after a window changes', async () => {
    await sink.query('begin')
    try {
      await copyToEarlierDays()
      const computed = await readAllAsSink()
      await rollUp()
      const rolled = await rows(sink, 'select rollup, bucket from analytics.rolled_buckets')
      expect(new Set(rolled.map(({ rollup }) => rollup))).toEqual(new Set(ROLLUPS.map(({ name }) => name)))
      expect(await readAllAsSink()).toEqual(computed)

      for (const of of new Set(ROLLUPS.map((rollup) => rollup.of))) {
        await sink.query(`delete from analytics.${of} where window_start = (
          select min(window_start) from analytics.${of})`)
      }
      const changed = await readAllAsSink()
      expect(changed).not.toEqual(computed)
      await sink.query('truncate analytics.rolled_buckets')
      expect(await readAllAsSink()).toEqual(changed)
    } finally {
      await sink.query('rollback')
    }
  })

  test('can be read by whoever reads results', async () => {
    for (const found of (await readAll()).values()) expect(found.length).toBeGreaterThan(0)
  })

  async function rollUp(): Promise<void> {
    while (Number((await rows(sink, 'select analytics.roll_up(100) as n'))[0]?.['n']) > 0);
  }
  /** In the sink's own transaction, which nobody else sees. Averages may differ in their last digits. */
  async function readAllAsSink(): Promise<Map<string, string[]>> {
    const all = new Map<string, string[]>()
    for (const { name } of ROLLUPS) {
      const found = await rows(sink, `select to_jsonb(row) as row from analytics.${name}(${since}, now()) as row`)
      all.set(name, found.map(({ row }) => JSON.stringify(row, (_, value: unknown) => rounded(value))).sort())
    }
    return all
  }
  const rounded = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(10)) : value)
})

test('prune leaves the days to keep, and what belongs to no time', async () => {
  await sink.query('begin')
  try {
    const before = await rows(sink, 'select count(*) as n from analytics.transaction_metrics')
    await sink.query(`insert into analytics.transaction_metrics
      select customer_id, window_start - interval '40 days', window_end - interval '40 days', transaction_count,
        total_amount, average_amount, min_amount, max_amount, total_fees, type_distribution
      from analytics.transaction_metrics limit 10`)
    const prune = (): Promise<Record<string, unknown>[]> =>
      rows(sink, `select analytics.prune(interval '35 days', 4) as gone`)
    expect([await prune(), await prune(), await prune(), await prune()].flat().map(({ gone }) => gone)).toEqual([
      '4',
      '4',
      '2',
      '0',
    ])
    expect(await rows(sink, 'select count(*) as n from analytics.transaction_metrics')).toEqual(before)
  } finally {
    await sink.query('rollback')
  }
})

/** The last one: it takes the connectors' slots with it. */
test('a slot that nobody reads is an alert before it is lost, and when it is', async () => {
  const alerts = ['retained-wal', 'lost-slots'].map((uid) => POSTGRES_ALERTS.find((alert) => alert.uid === uid)!)
  const firing = async (): Promise<boolean[]> => {
    const found = await Promise.all(alerts.map(({ sql }) => rows(grafana, sql)))
    return alerts.map(({ above }, at) => Number(Object.values(found[at]?.[0] ?? {})[0]) > above)
  }
  await withClient(stack, databaseOf(stack), async (client) => {
    await client.query(`select pg_create_physical_replication_slot('left_behind', true)`)
    expect(await firing()).toEqual([false, false])
    // A gigabyte, segment by segment.
    for (let n = 0; n <= 64; n += 1) {
      await client.query(`select pg_logical_emit_message(false, 'fill', 'x')`)
      await client.query('select pg_switch_wal()')
    }
    expect(await firing()).toEqual([true, false])
    await client.query(`alter system set max_slot_wal_keep_size = '64MB'`)
    await client.query('select pg_reload_conf()')
    // The checkpointer takes the new setting some time after this session has asked for it.
    const checkpointed = async (): Promise<boolean[]> => {
      await client.query('checkpoint')
      return firing()
    }
    const [, isLost] = await eventually(checkpointed, ([, lost]) => lost === true)
    expect(isLost).toBe(true)
    await client.query('alter system reset max_slot_wal_keep_size')
  })
})
