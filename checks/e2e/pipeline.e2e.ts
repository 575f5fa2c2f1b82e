import { setTimeout as sleep } from 'node:timers/promises'
import { analyticsTopic, CONNECTORS, eventTopic, JOB_IDS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { kill, startProcesses, topicBatches, withClient, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { Random } from '../src/random.ts'
import { databaseOf, verifyWhenSettled } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { isFlawless } from '../src/verify/compare.ts'

const SEED = Number(process.env['E2E_SEED'] ?? 1)
/** The processor five times, and once the sink. */
const KILLED = ['processor', 'processor', 'sink', 'processor', 'processor', 'processor']
/** More than two hours of history, so that windows of every size close. */
const GENERATOR = 'run-all --flat --rate 5 --num-customers 100 --backfill 150m --duration 60s'
/** Most transactions change one account, transfers two; what failed changes none. */
const POSTINGS_MAX = 1.3
/** Of a transaction in its topic, with its share of a batch and of the end of a Kafka transaction: 920 today. */
const BYTES_MAX = 1_000
/** A history comes in batches of 15 to 30. The live minute has one record in each. */
const RECORDS_OF_A_BATCH_MIN = 4
const SETTLES_WITHIN_MS = 240_000
const TIMEOUT_MS = 600_000

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('pipeline', ['postgres', 'kafka', 'connect', 'processor', 'sink'])
})
afterAll(() => stopTestStack(stack))

test(
  'from the generator to the tables every result is there once and right, though processes are killed',
  async () => {
    const random = new Random(SEED)
    const applied = await runCommand(stack, 'connectors', ['apply'])
    expect(applied).toMatchObject({ code: 0, stderr: '' })

    const generating = runCommand(stack, 'generator', [...GENERATOR.split(' '), '--seed', String(SEED)])
    for (const name of KILLED) {
      await sleep(2_000 + random.whole(6_000))
      expect(kill(stack, name, 'SIGKILL')).toBe(true)
      await startProcesses(stack, [name])
    }
    expect(await generating).toMatchObject({ code: 0 })

    const verification = await verifyWhenSettled(stack, { tables: true, withinMs: SETTLES_WITHIN_MS })
    const { topics, tables, source } = verification
    expect([...topics, ...tables].filter((comparison) => !isFlawless(comparison))).toEqual([])
    expect(verification.ok).toBe(true)
    expect(tables.map(({ name }) => name)).toEqual(JOB_IDS.map((job) => `analytics.${job}`))
    expect(tables.filter(({ expected }) => expected === 0)).toEqual([])

    // The same by the command, as anyone would run it. While it looks, wall time may close a window.
    const command = await eventually(
      () => runCommand(stack, 'verify', ['--tables']),
      ({ code }) => code === 0,
    )
    expect(command).toMatchObject({ code: 0, stderr: '' })

    const { rows } = await withClient(stack, databaseOf(stack), (postgres) =>
      postgres.query<{ n: number }>('select count(*)::int as n from transactions'),
    )
    expect(source).toMatchObject({ malformed: 0, duplicates: 0, ignored: { delete: 0, tombstone: 0 } })
    expect(source.counted + source.beyondHorizon).toBe(rows[0]?.n)
  },
  TIMEOUT_MS,
)

test('what a transaction costs in records, bytes and batches has not grown', async () => {
  const transactions = await countOf(stack, 'select count(*)::int as n from transactions')
  const topics = topicBatches(stack)
  const each = (topic: string, figure: 'records' | 'bytes'): number => (topics.get(topic)?.[figure] ?? 0) / transactions
  expect(each(TRANSACTIONS_TOPIC, 'records')).toBe(1)
  expect(each(eventTopic('transaction_created'), 'records')).toBe(1)
  for (const topic of [eventTopic('account_balance_changed'), analyticsTopic('account_balances')]) {
    expect(each(topic, 'records'), topic).toBeLessThan(POSTINGS_MAX)
  }
  expect(each(TRANSACTIONS_TOPIC, 'bytes')).toBeLessThan(BYTES_MAX)

  const { records, batches } = topics.get(TRANSACTIONS_TOPIC) ?? { records: 0, batches: 0 }
  expect(records / batches).toBeGreaterThan(RECORDS_OF_A_BATCH_MIN)

  const walsenders = "select count(*)::int as n from pg_stat_activity where backend_type = 'walsender'"
  expect(await countOf(stack, walsenders)).toBe(CONNECTORS.length)
})

async function countOf(of: Stack, sql: string): Promise<number> {
  const { rows } = await withClient(of, databaseOf(of), (postgres) => postgres.query<{ n: number }>(sql))
  return rows[0]?.n ?? NaN
}
