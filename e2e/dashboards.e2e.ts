import { RESULTS } from '@fintech-streams/contracts'
import { type Stack } from '@fintech-streams/local'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SQL } from '../dashboards/src/pipeline-health/queries.ts'
import { sinkTables, tableSql } from '../flink-like-processor/src/sink/tables.ts'
import { startTestStack, stopTestStack } from './src/stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startTestStack('dashboards', ['postgres'])
  await as('sink', [...sinkTables(new Map(Object.entries(RESULTS))).flatMap(tableSql), ...RESULT_ROWS])
  await as('generator', [TRANSACTION_ROW])
  await as('debezium', ["insert into connector_heartbeats values ('fintech-main-connector', now() - interval '7 s')"])
  const owner = stack.env['POSTGRES_USER'] ?? ''
  await as(
    owner,
    ["select pg_create_logical_replication_slot('fintech_main', 'pgoutput')"],
    stack.env['POSTGRES_PASSWORD'],
  )
})
afterAll(() => stopTestStack(stack))

const ID = '00000000-0000-4000-8000-000000000001'
const TRANSACTION_ROW = `
insert into transactions (transaction_id, customer_id, account_id, transaction_type, amount, currency, amount_usd,
  status, risk_level, created_at)
values ('${ID}', '${ID}', '${ID}', 'DEPOSIT', 10, 'USD', 10, 'COMPLETED', 'LOW', now() - interval '90 s')`
const RESULT_ROWS = [
  `insert into analytics.fraud_detection
   values ('${ID}', '${ID}', null, 10, 'HIGH_AMOUNT', 0.8, '{}', '1', now() - interval '90 s')`,
  `insert into analytics.dashboard_metrics
   select 'DEPOSIT', start, start + interval '1 min', 1, 10, 10, 0, 1, '{}', '{}'
   from (select now() - interval '2 min' as start) as w`,
  `insert into analytics.late values ('${ID}', 'fraud_detection', null, null, null, now(), 250, 'beyond_horizon')`,
  `insert into analytics.dead_letter values ('fintech.transactions', 0, 7, now(), null, null, 'not_json', 'no object')`,
]

/** Runs statements as a role; the last one's result comes back. A demo's roles have their names as passwords. */
async function as(role: string, statements: readonly string[], password = role): Promise<pg.QueryResult> {
  const { ports, env } = stack
  const client = new pg.Client({
    host: 'localhost',
    port: ports.postgres,
    database: env['POSTGRES_DB'],
    user: role,
    password,
  })
  await client.connect()
  try {
    let last: pg.QueryResult | undefined
    for (const statement of statements) last = await client.query(statement)
    return last ?? expect.fail('no statement')
  } finally {
    await client.end()
  }
}

/** What Grafana makes of its macros, for the last hour in minutes. */
const expanded = (sql: string): string =>
  sql
    .replaceAll(/\$__timeGroup\(([^,)]+), \$__interval\)/g, 'floor(extract(epoch from $1)/60)*60')
    .replaceAll(/\$__timeFilter\(([^)]+)\)/g, "$1 between now() - interval '1 hour' and now()")

const asGrafana = async (sql: string): Promise<Record<string, unknown>[]> =>
  (await as('grafana', [expanded(sql)])).rows as Record<string, unknown>[]

describe('the queries of the dashboards, as the role that Grafana has', () => {
  test.each(Object.entries(SQL))('%s leaves no macro and is allowed', async (_, sql) => {
    expect(expanded(sql)).not.toContain('$')
    await asGrafana(sql)
  })

  test.each(['transactionsByStatus', 'verdicts', 'volumeByType'] as const)('%s gives lines over time', async (name) => {
    const result = await as('grafana', [expanded(SQL[name])])
    expect(result.rows).toHaveLength(1)
    expect(result.fields.map((field) => field.name).slice(0, 2)).toEqual(['time', 'metric'])
    expect(result.fields).toHaveLength(3)
  })

  test('each show what is there', async () => {
    expect(await asGrafana(SQL.verdicts)).toMatchObject([{ metric: 'HIGH_AMOUNT', transactions: '1' }])
    expect(await asGrafana(SQL.volumeByType)).toMatchObject([{ metric: 'DEPOSIT', volume: '10' }])
    const results = await asGrafana(SQL.resultsByJob)
    expect(results.map(({ job }) => job)).toEqual(Object.keys(RESULTS).sort())
    expect(results.filter(({ results: count }) => count === '1').map(({ job }) => job)).toEqual([
      'dashboard_metrics',
      'fraud_detection',
    ])
    expect(await asGrafana(SQL.lateByJob)).toMatchObject([{ job: 'fraud_detection', lateness: '250' }])
    expect(await asGrafana(SQL.deadLetters)).toMatchObject([{ topic: 'fintech.transactions', offset: '7' }])
    expect(await asGrafana(SQL.replicationSlots)).toMatchObject([{ slot: 'fintech_main', active: false }])
    const [heartbeat] = await asGrafana(SQL.connectorHeartbeats)
    expect(heartbeat?.['age']).toBeGreaterThanOrEqual(7)
  })

  test('cannot read who people are', async () => {
    await expect(asGrafana('select email from customers')).rejects.toThrow('permission denied')
  })
})
