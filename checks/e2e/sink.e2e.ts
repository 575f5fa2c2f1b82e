import { once } from 'node:events'
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  analyticsTopic,
  DEAD_LETTER_TOPIC,
  formatInstant,
  formatMinor,
  LATE_TOPIC,
  minutes,
  PARTITIONS,
  RESULTS,
  type DeadLetter,
  type LateRecord,
} from '@fintech-streams/contracts'
import {
  commandLine,
  freePorts,
  kafkaOf,
  kill,
  processInfo,
  type Stack,
  startProcesses,
  stopStack,
  withClient,
} from '@fintech-streams/local'
import { Admin, Producer } from '@platformatic/kafka'
import { type Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../src/eventually.ts'
import { uuid } from '../src/rows.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { KafkaLog } from '@fintech-streams/audit'
import { tableRows } from '../src/verify/tables.ts'

const METRICS = 'transaction_metrics'
const METRICS_TOPIC = analyticsTopic(METRICS)
const METRICS_TABLE = { table: `analytics.${METRICS}`, ...RESULTS[METRICS] }
const FRAUD = 'fraud_detection'
const START_MS = Date.UTC(2026, 10, 20, 12)

let stack: Stack
let admin: Admin
let log: KafkaLog

beforeAll(async () => {
  stack = await startTestStack('sink', ['postgres', 'kafka', 'sink'])
  admin = new Admin(kafkaOf(stack, 'e2e'))
  log = new KafkaLog(kafkaOf(stack, 'e2e'))
})
afterAll(async () => {
  for (const client of [admin, log]) await client?.close()
  await stopTestStack(stack)
})

const database = <T>(use: (client: Client) => Promise<T>): Promise<T> =>
  withClient(stack, stack.env['POSTGRES_DB'] ?? '', use)

const createTopic = (name: string, partitions = PARTITIONS) =>
  admin.createTopics({ topics: [name], partitions, replicas: 1 })

interface Message {
  topic: string
  partition: number
  key: string
  value: string
}

/** Writes results as a processor's task does: each call is one transaction. */
class Results {
  readonly #producer: Producer<string, string, string, string>

  constructor(transactionalId: string) {
    const serialize = (text?: string): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text))
    this.#producer = new Producer<string, string, string, string>({
      ...kafkaOf(stack, transactionalId),
      transactionalId,
      idempotent: true,
      producerId: -1n,
      producerEpoch: -1,
      retries: 50,
      retryDelay: 20,
      serializers: { key: serialize, value: serialize },
    })
  }

  async write(messages: Message[], outcome: 'commit' | 'abort' = 'commit'): Promise<void> {
    const transaction = await this.#producer.beginTransaction()
    await transaction.send({ messages })
    await transaction[outcome]()
  }

  async close(): Promise<void> {
    await this.#producer.close(true)
  }
}

async function writing<T>(transactionalId: string, use: (results: Results) => Promise<T>): Promise<T> {
  const results = new Results(transactionalId)
  try {
    return await use(results)
  } finally {
    await results.close()
  }
}

/** The nth version of a customer's window. */
function metricsOf(customer: number, version: number): Message {
  const key = { customer_id: uuid(customer), window_start: formatInstant(START_MS) }
  const amount = formatMinor(version)
  const value = {
    ...key,
    window_end: formatInstant(START_MS + minutes(5)),
    transaction_count: version,
    total_amount: amount,
    average_amount: amount,
    min_amount: amount,
    max_amount: amount,
    total_fees: '0.00',
    type_distribution: { PURCHASE: version },
  }
  return {
    topic: METRICS_TOPIC,
    partition: customer % PARTITIONS,
    key: JSON.stringify(key),
    value: JSON.stringify(value),
  }
}

function verdictOf(transaction: number, changes: Record<string, unknown> = {}): Message {
  const value = {
    transaction_id: uuid(transaction),
    customer_id: uuid(1),
    account_id: null,
    amount_usd: '10.00',
    verdict: 'NORMAL',
    fraud_score: 0.1,
    evidence: {},
    rule_version: '1',
    event_time: formatInstant(START_MS),
    ...changes,
  }
  return {
    topic: analyticsTopic(FRAUD),
    partition: 0,
    key: JSON.stringify({ transaction_id: uuid(transaction) }),
    value: JSON.stringify(value),
  }
}

/** By key, what the table should hold: of each key the last committed record before the offsets. */
async function expectedRows(topic: string, until: (partition: number) => number): Promise<Map<string, unknown>> {
  const last = new Map<string, unknown>()
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    for await (const { offset, key, value } of log.partition(topic, partition)) {
      if (offset < until(partition)) last.set(String(key), JSON.parse(String(value)))
    }
  }
  return last
}

/** The table's rows by key, and the offsets that were committed with them, as of one instant. */
async function committed(): Promise<{ rows: Map<string, unknown>; offsets: Map<number, number> }> {
  return database(async (client) => {
    const rows = new Map<string, unknown>()
    for await (const { key, value } of tableRows(client, METRICS_TABLE)) rows.set(key, JSON.parse(value ?? ''))
    const read = await client.query<{ partition: number; next_offset: string }>(
      'select partition, next_offset from analytics.sink_offsets where topic = $1',
      [METRICS_TOPIC],
    )
    return { rows, offsets: new Map(read.rows.map((row) => [row.partition, Number(row.next_offset)])) }
  })
}

const count = (table: string): Promise<number> =>
  database(async (client) => {
    const { rows } = await client.query<{ n: number }>(`select count(1)::int as n from analytics.${table}`)
    return rows[0]?.n ?? -1
  })

async function metric(name: string, port = stack.ports.sinkMetrics): Promise<number> {
  const text = await (await fetch(`http://localhost:${port}/metrics`)).text()
  const values = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

test('it is ready before there is any topic, and takes each in when it comes', async () => {
  await createTopic(METRICS_TOPIC)
  await writing('first', (results) => results.write([metricsOf(1, 1), metricsOf(1, 2), metricsOf(2, 1)]))
  const seen = await eventually(committed, ({ rows }) => rows.size === 2)
  expect(Object.fromEntries(seen.rows)).toEqual(Object.fromEntries(await expectedRows(METRICS_TOPIC, () => Infinity)))
  expect([...seen.rows.values()]).toContainEqual(JSON.parse(metricsOf(1, 2).value))
})

test('kill -9 in mid-stream: rows and offsets always agree, and in the end every key has its last version', async () => {
  const customers = 2_000
  let streaming = true
  const writer = writing('stream', async (results) => {
    for (let round = 1; streaming; round += 1) {
      const messages = Array.from({ length: customers / 2 }, (_, n) => metricsOf(10 + 2 * n + (round % 2), 10 + round))
      await results.write(messages, round % 7 === 0 ? 'abort' : 'commit')
      await sleep(100)
    }
  })
  try {
    for (const blocked of [undefined, 'sink_offsets', METRICS, undefined, METRICS, 'sink_offsets']) {
      const before = (await committed()).offsets
      await eventually(committed, ({ offsets }) => [...offsets].some(([at, offset]) => offset > (before.get(at) ?? 0)))
      await (blocked === undefined ? killSink() : killSinkAt(blocked))
      const { rows, offsets } = await committed()
      expect(rows).toEqual(await expectedRows(METRICS_TOPIC, (partition) => offsets.get(partition) ?? 0))
      await startProcesses(stack, ['sink'])
    }
  } finally {
    streaming = false
    await writer
  }
  const all = await expectedRows(METRICS_TOPIC, () => Infinity)
  const final = await eventually(committed, ({ rows }) => isSame(rows, all))
  expect(final.rows).toEqual(all)
  expect(all.size).toBe(customers + 2)
})

test('malformed records become dead letters, and their neighbours rows', async () => {
  await createTopic(analyticsTopic(FRAUD))
  await createTopic(DEAD_LETTER_TOPIC, 1)
  const bad: [Message, string][] = [
    [{ ...verdictOf(100), value: 'no json' }, 'not_json'],
    [{ ...verdictOf(101), value: '[]' }, 'not_an_object'],
    [verdictOf(102, { verdict: null }), 'missing_field'],
    [verdictOf(103, { amount_usd: 12.5 }), 'bad_value'],
    [verdictOf(104, { verdict: 'NUL \u0000' }), 'refused_by_postgres'],
    [verdictOf(105, { event_time: '2026-13-40T00:00:00Z' }), 'refused_by_postgres'],
  ]
  const good = Array.from({ length: 100 }, (_, n) => verdictOf(200 + n))
  const before = await metric('sink_dead_lettered_total')
  await writing('malformed', (results) =>
    results.write([...good.slice(0, 50), ...bad.map(([message]) => message), ...good.slice(50)]),
  )
  expect(
    await eventually(
      () => count(FRAUD),
      (rows) => rows === 100,
    ),
  ).toBe(100)
  const letters = await eventually(
    () =>
      database(
        async (client) =>
          (
            await client.query<DeadLetter>(
              `select topic, value_base64, reason from analytics.dead_letter order by "offset"`,
            )
          ).rows,
      ),
    (rows) => rows.length === bad.length,
  )
  expect(letters).toEqual(
    bad.map(([message, reason]) => ({
      topic: message.topic,
      value_base64: Buffer.from(message.value).toString('base64'),
      reason,
    })),
  )
  expect((await metric('sink_dead_lettered_total')) - before).toBe(bad.length)
})

test('late records have a row per job', async () => {
  await createTopic(LATE_TOPIC)
  const late: LateRecord = {
    transaction_id: uuid(1),
    job: METRICS,
    key: { customer_id: uuid(1) },
    window_start: formatInstant(START_MS),
    window_end: formatInstant(START_MS + minutes(5)),
    event_time: formatInstant(START_MS + 1),
    lateness_ms: 7,
    reason: 'window_closed',
  }
  const beyond = { ...late, job: '*', key: null, window_start: null, window_end: null, reason: 'beyond_horizon' }
  const messages = [late, { ...late, job: 'risk_analytics' }, beyond, beyond].map((record) => ({
    topic: LATE_TOPIC,
    partition: 0,
    key: JSON.stringify({ transaction_id: late.transaction_id }),
    value: JSON.stringify(record),
  }))
  await writing('late', (results) => results.write(messages))
  expect(
    await eventually(
      () => count('late'),
      (rows) => rows === 3,
    ),
  ).toBe(3)
})

test('a second sink waits, and takes over when the first is gone', async () => {
  const [port = 0] = await freePorts(1)
  const second = startSecondSink(port)
  try {
    await eventually(
      () => sinkSessions(),
      (sessions) => sessions === 2,
    )
    expect(await readyStatus(port)).toBe(503)
    expect(kill(stack, 'sink', 'SIGKILL')).toBe(true)
    expect(
      await eventually(
        () => readyStatus(port),
        (status) => status === 200,
      ),
    ).toBe(200)
    await writing('takeover', (results) => results.write([verdictOf(300)]))
    expect(
      await eventually(
        () => count(FRAUD),
        (rows) => rows === 101,
      ),
    ).toBe(101)
  } finally {
    second.kill('SIGTERM')
  }
  expect(await once(second, 'exit')).toEqual([0, null])
  await startProcesses(stack, ['sink'])
})

test.for(['postgres', 'kafka'])('it survives that %s is killed and comes back', async (name) => {
  const rows = await count(FRAUD)
  const { pid } = processInfo(stack, 'sink')
  expect(kill(stack, name, 'SIGKILL')).toBe(true)
  const down = await eventually(
    () => readyStatus(stack.ports.sinkMetrics),
    (status) => status === 503,
  )
  expect(down).toBe(503)
  await startProcesses(stack, [name])
  await writing(`after-${name}`, (results) => results.write([verdictOf(400 + rows)]))
  expect(
    await eventually(
      () => count(FRAUD),
      (found) => found === rows + 1,
    ),
  ).toBe(rows + 1)
  expect(processInfo(stack, 'sink')).toMatchObject({ pid, running: true })
})

test('a recreated topic is read from its start', async () => {
  await admin.deleteTopics({ topics: [analyticsTopic(FRAUD)] })
  await eventually(
    () => admin.listTopics(),
    (topics) => !topics.includes(analyticsTopic(FRAUD)),
  )
  await createTopic(analyticsTopic(FRAUD))
  await writing('anew', (results) => results.write([verdictOf(300, { verdict: 'HIGH_AMOUNT' }), verdictOf(500)]))
  const verdicts = await eventually(
    () =>
      database(async (client) => {
        const { rows } = await client.query<{ verdict: string }>(
          `select verdict from analytics.${FRAUD} where transaction_id in ($1, $2) order by transaction_id`,
          [uuid(300), uuid(500)],
        )
        return rows.map(({ verdict }) => verdict)
      }),
    (found) => found.length === 2 && found[0] === 'HIGH_AMOUNT',
  )
  expect(verdicts).toEqual(['HIGH_AMOUNT', 'NORMAL'])
})

test('SIGTERM ends it cleanly, with everything that it had read', async () => {
  await stopStack(stack, ['sink'])
  expect(processInfo(stack, 'sink')).toMatchObject({ running: false, expected: false })
  const { rows, offsets } = await committed()
  expect(rows).toEqual(await expectedRows(METRICS_TOPIC, (partition) => offsets.get(partition) ?? 0))
})

/** Kills the sink. What it had sent may still be committed by the server, until its session is gone. */
async function killSink(): Promise<void> {
  expect(kill(stack, 'sink', 'SIGKILL')).toBe(true)
  expect(await eventually(sinkSessions, (sessions) => sessions === 0)).toBe(0)
}

/** Kills the sink in the midst of a database transaction, when it is about to write to the table. */
async function killSinkAt(table: string): Promise<void> {
  await database(async (client) => {
    await client.query('begin')
    await client.query(`lock table analytics.${table} in exclusive mode`)
    const waiting = `select from pg_stat_activity where application_name = 'sink' and wait_event_type = 'Lock'`
    const seen = await eventually(
      () => client.query(waiting),
      ({ rowCount }) => rowCount === 1,
    )
    expect(seen.rowCount).toBe(1)
    expect(kill(stack, 'sink', 'SIGKILL')).toBe(true)
    await client.query('rollback')
  })
  expect(await eventually(sinkSessions, (sessions) => sessions === 0)).toBe(0)
}

function isSame(rows: Map<string, unknown>, expected: Map<string, unknown>): boolean {
  const versionOf = (row: unknown) => (row as { transaction_count: number }).transaction_count
  return (
    rows.size === expected.size &&
    [...expected].every(([key, row]) => rows.has(key) && versionOf(rows.get(key)) === versionOf(row))
  )
}

const sinkSessions = (): Promise<number> =>
  database(async (client) => {
    const { rowCount } = await client.query(`select from pg_stat_activity where application_name = 'sink'`)
    return rowCount ?? -1
  })

async function readyStatus(port: number): Promise<number> {
  return fetch(`http://localhost:${port}/readyz`).then(
    ({ status }) => status,
    () => 0,
  )
}

function startSecondSink(port: number): ChildProcess {
  return spawn(process.execPath, commandLine(stack, 'sink'), {
    cwd: stack.checkout,
    env: {
      ...stack.env,
      POSTGRES_USER: 'sink',
      POSTGRES_PASSWORD: stack.env['SINK_DB_PASSWORD'],
      SINK_METRICS_PORT: String(port),
    },
    stdio: 'ignore',
  })
}
