import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { analyticsTopic, formatInstant, formatMinor, PARTITIONS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import {
  commandLine,
  kafkaOf,
  kill,
  processInfo,
  type Stack,
  startProcesses,
  stopStack,
  withClient,
} from '@fintech-streams/local'
import { FolderStore, Manifest } from '@fintech-streams/reconciliation'
import { Admin, Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cutLog } from '../src/cut-log.ts'
import { eventually } from '../src/eventually.ts'
import { produce } from '../src/produce.ts'
import { row, uuid } from '../src/rows.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const METRICS_TOPIC = analyticsTopic('transaction_metrics')
const READERS = ['sink', 'counter', 'lake'] as const
/** The next transaction's number; each is another transaction. */
let next = 1
let stack: Stack
let admin: Admin

beforeAll(async () => {
  stack = await startTestStack('consumers', ['postgres', 'kafka'], { env: { LAKE_FLUSH_INTERVAL: '300ms' } })
  admin = new Admin({ ...kafkaOf(stack, 'e2e'), retries: 20, retryDelay: 200 })
  await createTopics()
  await startProcesses(stack, [...READERS])
})
afterAll(async () => {
  await admin?.close()
  await stopTestStack(stack)
})

const createTopics = () =>
  admin.createTopics({ topics: [TRANSACTIONS_TOPIC, METRICS_TOPIC], partitions: PARTITIONS, replicas: 1 })

const query = async <T extends object>(text: string): Promise<T[]> =>
  withClient(stack, databaseOf(stack), async (client) => (await client.query<T>(text)).rows)

/** A transfer of one dollar between the same two accounts. */
function transfer(n: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const nowMs = Date.now()
  return row(n, {
    transaction_type: 'TRANSFER',
    merchant_id: null,
    to_account_id: uuid(0xb0),
    amount_usd: '1.00',
    created_at: formatInstant(nowMs),
    __source_ts_ms: nowMs,
    ...changes,
  })
}

const sendValues = (values: readonly (string | Buffer)[]): Promise<void> =>
  produce(
    stack,
    values.map((value) => ({ partition: 0, key: Buffer.from('{}'), value: Buffer.from(value) })),
  )

/** Writes transfers and as many results, all of them new, to partition 0 of their topics. @returns the transfers. */
async function send(count: number, changes: Record<string, unknown> = {}): Promise<Record<string, unknown>[]> {
  const transfers = Array.from({ length: count }, () => transfer(next++, changes))
  await sendValues(transfers.map((value) => JSON.stringify(value)))
  const producer = new Producer(kafkaOf(stack, 'e2e'))
  await producer.send({
    messages: transfers.map(({ transaction_id: id }) => ({
      topic: METRICS_TOPIC,
      partition: 0,
      key: Buffer.from(String(id)),
      value: Buffer.from(JSON.stringify(metricsOf(String(id)))),
    })),
  })
  await producer.close()
  return transfers
}

function metricsOf(customerId: string): object {
  const amount = formatMinor(100)
  return {
    customer_id: customerId,
    window_start: '2026-11-20T12:00:00.000Z',
    window_end: '2026-11-20T12:05:00.000Z',
    transaction_count: 1,
    total_amount: amount,
    average_amount: amount,
    min_amount: amount,
    max_amount: amount,
    total_fees: '0.00',
    type_distribution: { TRANSFER: 1 },
  }
}

interface Counted {
  readonly rows: number
  readonly transfers: number
  readonly operations: number
  readonly lake: number
}

/** What each of the four has written so far: the sink's rows, the counter's transfers, ops_index and the lake. */
async function counted(): Promise<Counted> {
  const [found] = await query<Omit<Counted, 'lake'>>(
    `select (select count(*) from analytics.transaction_metrics)::int as rows,
      (select coalesce(sum(transaction_count), 0) from serving.top_senders)::int as transfers,
      (select coalesce(sum(transaction_count), 0) from reconciliation.ops_index)::int as operations`,
  )
  const { counts } = await new Manifest(new FolderStore(join(stack.dataDir, 'lake'))).latest()
  return { rows: 0, transfers: 0, operations: 0, ...found, lake: counts['transactions.good'] ?? 0 }
}

const more = (before: Counted, n: number): Counted => ({
  rows: before.rows + n,
  transfers: before.transfers + n,
  operations: before.operations + n,
  lake: before.lake + n,
})

/** Waits until all four have written at least `expected`; the assertion shows which has not. */
async function expectCounted(expected: Counted): Promise<void> {
  const isThere = (seen: Counted) =>
    (Object.keys(expected) as (keyof Counted)[]).every((at) => seen[at] >= expected[at])
  expect(await eventually(counted, isThere)).toEqual(expected)
}

/** Waits until the index stream and the counter have read all of the transactions. */
async function expectRead(end: number): Promise<void> {
  const positions = () =>
    query<{ next_offset: string }>(
      `select next_offset from reconciliation.index_offsets where topic = '${TRANSACTIONS_TOPIC}' and partition = 0
       union all select next_offset from serving.top_senders_positions where partition = 0`,
    )
  const isRead = (rows: { next_offset: string }[]) =>
    rows.length === 2 && rows.every(({ next_offset: offset }) => Number(offset) === end)
  expect(isRead(await eventually(positions, isRead))).toBe(true)
}

const signalReaders = (signal: NodeJS.Signals): void => {
  for (const name of READERS) process.kill(processInfo(stack, name).pid ?? 0, signal)
}

test('what is written is there once, with all four', async () => {
  await send(10)
  await expectCounted({ rows: 10, transfers: 10, operations: 10, lake: 10 })
})

test('topics that are deleted and created again while the readers are held up are read from their start', async () => {
  const before = await counted()
  signalReaders('SIGSTOP')
  try {
    await admin.deleteTopics({ topics: [TRANSACTIONS_TOPIC, METRICS_TOPIC] })
    await eventually(
      () => admin.listTopics(),
      (topics) => !topics.includes(TRANSACTIONS_TOPIC) && !topics.includes(METRICS_TOPIC),
    )
    await createTopics()
    // More than the old topics had, so that an old offset is a place in a new one.
    await send(40)
  } finally {
    signalReaders('SIGCONT')
  }
  await expectCounted(more(before, 40))
})

test('a new snapshot counts no transaction again; what a snapshot alone has brought counts', async () => {
  const before = await counted()
  const first = await send(5)
  await expectCounted(more(before, 5))
  const again = first.map((one) => JSON.stringify({ ...one, __op: 'r', __source_ts_ms: Date.now() }))
  await sendValues(again)
  const missed = await send(1, { __op: 'r' })
  expect(missed).toHaveLength(1)
  await expectRead(40 + 5 + 5 + 1)
  // The lake has each record; its nightly batch keeps one of each transaction.
  expect(await counted()).toEqual({ ...more(before, 6), lake: before.lake + 11 })
})

describe('a log that was cut short', () => {
  async function restartKafkaWithCutLogs(): Promise<void> {
    expect(kill(stack, 'kafka', 'SIGKILL')).toBe(true)
    for (const topic of [TRANSACTIONS_TOPIC, METRICS_TOPIC]) cutLog(stack, topic, 0, 2)
    rmSync(join(stack.dataDir, 'kafka', 'recovery-point-offset-checkpoint'), { force: true })
    await startProcesses(stack, ['kafka'])
  }

  test.each([
    ['while they are away, and grown past their offsets', true],
    ['under them', false],
  ])('%s: nothing that comes afterwards is skipped', async (_, isAway) => {
    const before = await counted()
    for (let batch = 0; batch < 4; batch += 1) await send(5)
    await expectCounted(more(before, 20))
    if (isAway) await stopStack(stack, [...READERS])
    await restartKafkaWithCutLogs()
    await send(30)
    if (isAway) await startProcesses(stack, [...READERS])
    await expectCounted(more(before, 50))
  })
})

describe('a password that Postgres refuses', () => {
  /** @returns its exit code and what it says of the refusal. */
  const runToEnd = (program: string, args: string[], env: Record<string, string>): Promise<[unknown, string]> =>
    new Promise((resolve) => {
      const options = { env: { ...stack.env, ...env, POSTGRES_PASSWORD: 'wrong' }, timeout: 30_000 }
      execFile(process.execPath, commandLine(stack, program, ...args), options, (error, _, stderr) =>
        resolve([error?.code, stderr.split('\n').find((line) => /^fintech/.test(line)) ?? stderr]),
      )
    })

  test.each([
    ['sink', [], 'sink', { SINK_METRICS_PORT: '0' }],
    ['top-senders', [], 'counter', { COUNTER_METRICS_PORT: '0' }],
    ['reconciliation', ['lake'], 'reconciliation', { LAKE_METRICS_PORT: '0' }],
  ])('ends %s %s with the name that it refuses', async (program, args, user, env) => {
    const lakeDir = join(stack.dataDir, 'another-lake')
    const [code, line] = await runToEnd(program, args, { ...env, POSTGRES_USER: user, LAKE_DIR: lakeDir })
    expect(code).toBe(1)
    expect(line).toMatch(new RegExp(`Postgres refuses .*"${user}".*POSTGRES_PASSWORD`))
  })
})

async function metric(name: string, port: number): Promise<number> {
  const text = await (await fetch(`http://localhost:${port}/metrics`)).text()
  const values = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

async function ready(port: number): Promise<string> {
  const answer = await fetch(`http://localhost:${port}/readyz`)
  return `${answer.status} ${await answer.text()}`
}

test.each([
  ['sink', 'analytics.sink_offsets', METRICS_TOPIC, 'sinkMetrics', 'sink_lag_records'],
  ['counter', 'serving.top_senders_positions', TRANSACTIONS_TOPIC, 'counterMetrics', 'counter_lag_records'],
  ['index stream', 'reconciliation.index_offsets', TRANSACTIONS_TOPIC, 'lakeMetrics', 'index_stream_lag_records'],
] as const)('the %s that is stuck says so: its lag grows, and it is not ready', async (_, table, topic, port, lag) => {
  const before = await counted()
  const at = stack.ports[port]
  await withClient(stack, databaseOf(stack), async (client) => {
    await client.query('begin')
    await client.query(`lock table ${table} in exclusive mode`)
    await send(20)
    expect(
      await eventually(
        () => metric(lag, at),
        (records) => records === 20,
      ),
    ).toBe(20)
    await send(5)
    expect(
      await eventually(
        () => metric(lag, at),
        (records) => records === 25,
      ),
    ).toBe(25)
    const answer = await eventually(
      () => ready(at),
      (text) => text.startsWith('503'),
    )
    expect(answer).toMatch(/^503 /)
    expect(answer).toContain(`${topic}/0`)
    await client.query('rollback')
  })
  await expectCounted(more(before, 25))
  expect(
    await eventually(
      () => ready(at),
      (text) => text.startsWith('200'),
    ),
  ).toMatch(/^200 /)
})

test('a sum beyond a bigint stops nobody’s count', async () => {
  const before = await counted()
  await query(
    `update serving.top_senders set amount_minor = 9223372036854775800;
     update serving.top_senders_daily set amount_minor = 9223372036854775800`,
  )
  await send(3)
  await expectCounted(more(before, 3))
  const sums = await query<{ sum: string }>(
    'select amount_minor::text as sum from serving.top_senders union select amount_minor::text from serving.top_senders_daily',
  )
  expect(sums).toEqual([{ sum: String(9_223_372_036_854_775_800n + 300n) }])
})

test('a record that cannot be read, whatever it is, is set aside and the next ones are read', async () => {
  const before = await counted()
  const text = (changes: Record<string, unknown>) => JSON.stringify(transfer(next++, changes))
  await sendValues([
    'no json',
    Buffer.from([0xff, 0xfe, 0]),
    `{"__op":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    text({ created_at: 7 }),
    text({ __source_ts_ms: 1e300 }),
    text({ __source_ts_ms: 8.64e15 }),
    // A half of a surrogate pair is JSON, and no text.
    text({ transaction_location: '{"country":"DE","city":"\\ud800"}' }),
  ])
  await send(3)
  // Three of them have a strange commit time or place, and are transfers nevertheless; Postgres refuses one of the times.
  const all = more(before, 3)
  await expectCounted({ ...all, transfers: all.transfers + 3, lake: all.lake + 3, operations: all.operations + 2 })
})
