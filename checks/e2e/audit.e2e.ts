import { stopStack, withClient, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand, type CommandResult } from '../src/command.ts'
import { uuid } from '../src/rows.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const GENERATOR = 'run-all --flat --rate 10 --num-customers 100 --backfill 15m --duration 5s --seed 1'
/** A whole minute in the middle of the history: the same one whenever it is asked for, whatever is changed. */
const SOME_MINUTE = `window_start = (select date_trunc('minute', min(created_at)) + interval '5 minutes' from transactions)`

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('audit', ['postgres', 'kafka', 'connect', 'processor', 'sink'])
  expect(await runCommand(stack, 'connectors', ['apply'])).toMatchObject({ code: 0 })
  expect(await runCommand(stack, 'generator', GENERATOR.split(' '))).toMatchObject({ code: 0 })
})
afterAll(() => stopTestStack(stack))

/** However long the pipeline needs for what it was given. */
const SETTLE = ['--settle', '5m']

const audit = (...args: string[]): Promise<CommandResult> =>
  runCommand(stack, 'audit', ['--all', ...(args.length === 0 ? SETTLE : args)])

/** Changes some rows of a table by hand, audits, and puts them back as they were. */
async function auditWith(table: string, where: string, change: 'delete' | 'add a cent'): Promise<CommandResult> {
  const name = `analytics.${table}`
  const sql = change === 'delete' ? `delete from ${name}` : `update ${name} set total_volume = total_volume + 0.01`
  await database(`create table kept as select * from ${name} where ${where}; ${sql} where ${where}`)
  try {
    return await audit()
  } finally {
    await database(`delete from ${name} where ${where}; insert into ${name} select * from kept; drop table kept`)
  }
}

async function database(sql: string): Promise<void> {
  await withClient(stack, databaseOf(stack), async (client) => {
    await client.query(sql)
  })
}

/** The differences by check, as the table shows them. */
const differences = ({ stdout }: CommandResult): Record<string, string> =>
  Object.fromEntries(
    [...stdout.matchAll(/^(\w+_\w+|outcomes) .* (\S+)$/gm)].map(([, name = '', difference = '']): [string, string] => [
      name,
      difference,
    ]),
  )

const NOTHING = {
  outbox_events: '0',
  kafka_transactions: '0',
  outcomes: '0',
  minute_counts: '0',
  minute_amounts: '0.00',
}

test('a running system is conserved: rows, events, transactions in Kafka, outcomes, sums a minute', async () => {
  const result = await audit()
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(differences(result)).toEqual(NOTHING)
  expect(result.stdout).toMatch(/^conserved \(/m)
  const rows = /^outbox_events\D+(\d+)/m.exec(result.stdout)?.[1]
  expect(Number(rows)).toBeGreaterThan(7_000)
})

test('a verdict that is missing is one transaction too few', async () => {
  const one = `transaction_id = (select transaction_id from transactions order by created_at, transaction_id limit 1)`
  const result = await auditWith('fraud_detection', one, 'delete')
  expect(result.code).toBe(1)
  expect(differences(result)).toEqual({ ...NOTHING, outcomes: '1' })
  expect(result.stdout).toContain('NOT conserved')
})

test('a result that was changed by a cent shows, with its minute', async () => {
  const result = await auditWith('dashboard_metrics', `${SOME_MINUTE} and transaction_type = 'PURCHASE'`, 'add a cent')
  expect(result.code).toBe(1)
  expect(differences(result)).toEqual({ ...NOTHING, minute_amounts: '0.01' })
  expect(result.stdout).toMatch(/^ {2}differs in \d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/m)
})

test('results that are gone show in counts and amounts', async () => {
  const found = differences(await auditWith('dashboard_metrics', SOME_MINUTE, 'delete'))
  expect(Number(found['minute_counts'])).toBeGreaterThan(0)
  expect(Number(found['minute_amounts'])).toBeGreaterThan(0)
  expect(found).toMatchObject({ outbox_events: '0', kafka_transactions: '0', outcomes: '0' })
})

test('an old row without an amount or a time is named, and ends nothing', async () => {
  const row = (id: string, amount: string, time: string): string => `with one as (
    insert into transactions (transaction_id, customer_id, account_id, transaction_type, amount, currency, amount_usd, status,
      risk_level, created_at) select '${id}', customer_id, account_id, 'WITHDRAWAL', 1, currency, ${amount}, 'COMPLETED',
      'LOW', ${time} from accounts limit 1 returning transaction_id, created_at)
    insert into outbox (id, aggregate_type, aggregate_id, event_type, payload) select gen_random_uuid(), 'transaction',
      transaction_id, 'transaction_created', jsonb_build_object('transaction_id', transaction_id, 'created_at',
      to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) from one`
  await database(`alter table transactions drop constraint transactions_amount_usd_is_bounded;
    alter table transactions drop constraint transactions_created_at_is_bounded`)
  await database(row(uuid(1), "'NaN'", `(select min(created_at) + interval '7 minutes' from transactions)`))
  await database(row(uuid(2), '1', "'-infinity'"))
  const result = await audit()
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(differences(result)).toEqual(NOTHING)
  expect(result.stdout).toContain('2 rows have NaN as their amount or an infinite time')
})

test('while something is on its way a difference is not called one', async () => {
  await stopStack(stack, ['sink'])
  const more = 'run --flat --rate 10 --backfill 2m --duration 1s'
  expect(await runCommand(stack, 'generator', more.split(' '))).toMatchObject({ code: 0 })
  const result = await audit('--settle', '2s')
  expect(result.code).toBe(1)
  expect(result.stdout).toMatch(/^not equal yet, because not everything has come through: .* is behind by \d+/m)
})
