import {
  ANALYTICS_TABLES,
  analyticsTopic,
  CONNECTORS,
  eventTopic,
  minutes,
  TRANSACTIONS_TOPIC,
} from '@fintech-streams/contracts'
import { kafkaOf, kill, type Stack, startProcesses, withClient } from '@fintech-streams/local'
import { Admin, apiVersionsV4, ConfigResourceTypes, Consumer } from '@platformatic/kafka'
import { type Client, type QueryResultRow } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand, type CommandResult } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { uuid } from '../src/rows.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { KafkaLog } from '@fintech-streams/audit'

const CUSTOMER = uuid(0xc0)
const ACCOUNT = uuid(0xa0)
const MERCHANT = uuid(0xe0)
const SNAPSHOT = uuid(1)
const LIVE = uuid(2)
const MAIN = 'fintech-main-connector'

let stack: Stack
let log: KafkaLog

beforeAll(async () => {
  stack = await startTestStack('connectors', ['postgres', 'kafka', 'connect'])
  log = new KafkaLog(kafkaOf(stack, 'e2e'))
})
afterAll(async () => {
  await log?.close()
  await stopTestStack(stack)
})

interface Change {
  partition: number
  key: unknown
  value: Record<string, unknown>
}

const connectors = (...args: string[]): Promise<CommandResult> => runCommand(stack, 'connectors', args)
const database = <T>(use: (client: Client) => Promise<T>): Promise<T> =>
  withClient(stack, stack.env['POSTGRES_DB'] ?? '', use)

async function query<R extends QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await database((client) => client.query<R>(text, values))).rows
}

/** Inserts transactions with their outbox event and balance, all of them in one database transaction. */
function insertTransactions(...ids: string[]): Promise<void> {
  return database(async (client) => {
    await client.query('begin')
    await client.query(
      `insert into transactions (transaction_id, customer_id, account_id, transaction_type, amount, currency, amount_usd,
         fee_amount, status, channel, transaction_location, ip_address, risk_score, risk_level, compliance_flags, created_at)
       select unnest($1::uuid[]), $2, $3, 'DEPOSIT', 12.5, 'EUR', 13.75, 0.1, 'COMPLETED', 'WEB',
         '{"country": "DE", "city": "Köln"}', '192.0.2.1', 12, 'LOW', '{HIGH_VALUE}', '2026-11-20T13:31:00Z'`,
      [ids, CUSTOMER, ACCOUNT],
    )
    await client.query(
      `insert into outbox (id, aggregate_type, aggregate_id, event_type, payload)
       select id, 'transaction', id, 'transaction_created', jsonb_build_object('transaction_id', id, 'amount', '12.50',
         'merchant_id', null, 'flags', '["HIGH_VALUE", 1, {}]'::jsonb) from unnest($1::uuid[]) id`,
      [ids],
    )
    await client.query(
      `insert into account_balances (account_id, transaction_id, balance, available_balance)
       select $2, id, 1, 1 from unnest($1::uuid[]) id`,
      [ids, ACCOUNT],
    )
    await client.query('commit')
  })
}

async function changesIn(topic: string): Promise<Change[]> {
  const changes: Change[] = []
  for await (const { partition, key, value } of log.topic(topic)) {
    if (value === null) throw new Error(`${topic} has a tombstone`)
    const text = key?.toString() ?? ''
    changes.push({
      partition,
      key: text.startsWith('{') ? (JSON.parse(text) as unknown) : text,
      value: JSON.parse(value.toString()) as Record<string, unknown>,
    })
  }
  return changes
}

/** The changes of one transaction, in order, as soon as there are `count`. */
function changesOf(transactionId: string, count: number): Promise<Change[]> {
  return eventually(
    async () => (await changesIn(TRANSACTIONS_TOPIC)).filter(({ value }) => value['transaction_id'] === transactionId),
    (changes) => changes.length >= count,
  )
}

/** All that a topic holds, as soon as it holds `count`. */
async function settled(topic: string, count: number): Promise<Change[]> {
  return eventually(
    () => changesIn(topic).catch(() => []),
    (changes) => changes.length >= count,
  )
}

const readers = (): Promise<{ slot_name: string; active_pid: number | null }[]> =>
  query('select slot_name, active_pid from pg_replication_slots order by slot_name')

test('apply brings every connector up, with the rows that are there already', async () => {
  await query(
    `insert into customers (customer_id, first_name, last_name, email, phone, date_of_birth, address, city, country, tier,
       risk_score, credit_score)
     values ($1, 'Ada', 'L', 'ada@example.org', '1', '1985-03-02', '1 Road', 'Köln', 'DE', 'VIP', 10, 700)`,
    [CUSTOMER],
  )
  await insertTransactions(SNAPSHOT)
  const applied = await connectors('apply')
  expect(applied.stderr).toBe('')
  expect(applied.stdout.trim().split('\n')).toEqual(CONNECTORS.map((name) => `${name} created, running`))
  expect((await connectors('status')).code).toBe(0)

  const [change] = await changesOf(SNAPSHOT, 1)
  expect(change?.value).toMatchObject({ __op: 'r', transaction_id: SNAPSHOT, __deleted: 'false' })
  expect((await settled('fintech.customers', 1))[0]?.value).toMatchObject({ first_name: 'Ada', __op: 'r' })
  expect((await settled(eventTopic('transaction_created'), 1))[0]?.key).toBe(SNAPSHOT)
})

test('apply again changes nothing', async () => {
  const before = await readers()
  expect(before.map(({ active_pid }) => typeof active_pid)).toEqual(['number', 'number', 'number'])
  const again = await connectors('apply')
  expect(again.stdout.trim().split('\n')).toEqual(CONNECTORS.map((name) => `${name} unchanged, running`))
  expect(await readers()).toEqual(before)
})

test('transactions are of version 1: in version 2 a producer may report a commit of records that it has not sent', async () => {
  const admin = new Admin(kafkaOf(stack, 'test'))
  try {
    const connection = await admin.connections.get({ host: 'localhost', port: stack.ports.kafka })
    const { finalizedFeatures = [] } = await apiVersionsV4.api.async(connection, 'test', '1')
    const version = finalizedFeatures.find(({ name }) => name === 'transaction.version')?.maxVersionLevel
    expect(version).toBe(1)
  } finally {
    await admin.close()
  }
})

test('insert, update and delete are flat records of one partition, keyed by customer', async () => {
  await insertTransactions(LIVE)
  await query(`update transactions set status = 'FAILED' where transaction_id = $1`, [LIVE])
  await query('delete from transactions where transaction_id = $1', [LIVE])

  const changes = await changesOf(LIVE, 3)
  const row = {
    transaction_id: LIVE,
    customer_id: CUSTOMER,
    account_id: ACCOUNT,
    to_account_id: null,
    merchant_id: null,
    transaction_type: 'DEPOSIT',
    amount: '12.50',
    currency: 'EUR',
    fx_rate: '1.00000000',
    amount_usd: '13.75',
    fee_amount: '0.10',
    channel: 'WEB',
    merchant_category: null,
    mcc: null,
    transaction_location: '{"city": "Köln", "country": "DE"}',
    is_cross_border: false,
    device_fingerprint: null,
    ip_address: '192.0.2.1',
    risk_score: '12.00',
    risk_level: 'LOW',
    compliance_flags: ['HIGH_VALUE'],
    original_transaction_id: null,
    created_at: '2026-11-20T13:31:00.000Z',
    __source_lsn: expect.any(Number) as unknown,
    __source_ts_ms: expect.any(Number) as unknown,
  }
  expect(changes.map(({ value }) => value)).toEqual([
    { ...row, status: 'COMPLETED', __op: 'c', __deleted: 'false' },
    { ...row, status: 'FAILED', __op: 'u', __deleted: 'false' },
    { ...row, status: 'FAILED', __op: 'd', __deleted: 'true' },
  ])
  expect(changes.map(({ key }) => key)).toEqual(Array(3).fill({ customer_id: CUSTOMER }))
  expect(new Set(changes.map(({ partition }) => partition)).size).toBe(1)
})

test('a long text that an update leaves as it is comes with the update, in every table that is kept by key', async () => {
  const long = (seed: string): string => `(select string_agg(md5('${seed}' || i), '') from generate_series(1, 400) i)`
  await query(
    `insert into merchants (merchant_id, name, business_type, category, mcc, address, city, country)
     values ($1, 'Shop', 'RETAIL', 'GROCERY', '5411', ${long('merchant')}, 'Köln', 'DE')`,
    [MERCHANT],
  )
  await query(`update customers set address = ${long('customer')}`)
  await query(`insert into fraud_alerts (alert_id, transaction_id, customer_id, alert_type, severity, confidence_score)
    values ('${uuid(11)}', '${SNAPSHOT}', '${CUSTOMER}', ${long('alert')}, 'LOW', 0.5)`)
  const stored = await query<{ n: number }>(`select (select pg_column_size(address) from customers) as n
    union all select pg_column_size(address) from merchants union all select pg_column_size(alert_type) from fraud_alerts`)
  // Postgres stores apart what is over two kilobytes.
  for (const { n } of stored) expect(n).toBeGreaterThan(2_048)

  await query(
    `update customers set tier = 'BASIC'; update merchants set city = 'Bonn'; update fraud_alerts set status = 'CONFIRMED'`,
  )
  const updated = async (topic: string, changed: (value: Record<string, unknown>) => boolean) => {
    const changes = await eventually(
      async () => (await changesIn(topic)).filter(({ value }) => value['__op'] === 'u' && changed(value)),
      (found) => found.length > 0,
    )
    return changes[0]?.value ?? {}
  }
  const [expected] = await query<Record<string, string>>(`select (select address from customers) as customer,
    (select address from merchants) as merchant, (select alert_type from fraud_alerts) as alert`)
  const customer = await updated('fintech.customers', ({ tier }) => tier === 'BASIC')
  expect(customer['address']).toBe(expected?.['customer'])
  const merchant = await updated('fintech.merchants', ({ city }) => city === 'Bonn')
  expect(merchant['address']).toBe(expected?.['merchant'])
  const alert = await updated('fintech.fraud_alerts', ({ status }) => status === 'CONFIRMED')
  expect(alert['alert_type']).toBe(expected?.['alert'])
})

test.each(['fintech.connect.offsets', '__consumer_offsets'])(
  '%s, written with every transaction, is compacted soon, markers included',
  async (topic) => {
    const admin = new Admin(kafkaOf(stack, 'test'))
    const [described] = await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }],
    })
    await admin.close()
    const configs = new Map(described?.configs.map(({ name, value }) => [name, value]))
    expect(configs.get('cleanup.policy')).toBe('compact')
    expect(Number(configs.get('segment.bytes'))).toBeLessThanOrEqual(2 ** 20)
    expect(Number(configs.get('delete.retention.ms'))).toBeLessThanOrEqual(minutes(1))
  },
)

test('topics have four partitions', async () => {
  for (const table of ANALYTICS_TABLES) await settled(analyticsTopic(table), table === 'account_balances' ? 1 : 0)
  for (const topic of [TRANSACTIONS_TOPIC, analyticsTopic('account_balances'), eventTopic('transaction_created')]) {
    expect(await log.partitionCount(topic), topic).toBe(4)
  }
})

describe('outbox', () => {
  test('an event goes to the topic of its type, keyed by its aggregate, its payload as it was written', async () => {
    const payload = { account_id: ACCOUNT, note: null, mixed: [1, 'a', {}, []], umlaut: 'ü', amount: '0.10' }
    await query(
      `insert into outbox (id, aggregate_type, aggregate_id, event_type, payload)
       values ($1, 'account', $2, 'account_opened', $3)`,
      [uuid(9), ACCOUNT, payload],
    )
    const [event] = await settled(eventTopic('account_opened'), 1)
    expect(event).toMatchObject({ key: ACCOUNT, value: payload })
    expect(await headersOf(eventTopic('account_opened'))).toMatchObject({
      id: uuid(9),
      event_type: 'account_opened',
      aggregate_type: 'account',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
    })
  })

  test('an old event is streamed, and then leaves the table by itself', async () => {
    await query(
      `insert into outbox (id, aggregate_type, aggregate_id, event_type, payload, created_at)
       values ($1, 'customer', 'old', 'customer_created', '{}', now() - interval '7 hours')`,
      [uuid(10)],
    )
    expect((await settled(eventTopic('customer_created'), 1))[0]?.key).toBe('old')
    const left = await eventually(
      () => query('select id from outbox where id = $1', [uuid(10)]),
      (rows) => rows.length === 0,
    )
    expect(left).toEqual([])
    expect(await query('select id from outbox where id = $1', [uuid(9)])).toHaveLength(1)
  })
})

test('slots advance while only unrelated tables change', async () => {
  await query(`insert into market_data (symbol, kind, price) values ('EURUSD', 'FX', 1.1)`)
  const written = await query<{ lsn: string }>('select pg_current_wal_lsn() as lsn')
  const behind = await eventually(
    () => query('select slot_name from pg_replication_slots where confirmed_flush_lsn < $1::pg_lsn', [written[0]?.lsn]),
    (slots) => slots.length === 0,
  )
  expect(behind).toEqual([])
})

test('a worker killed again and again leaves no gap and no duplicate', async () => {
  const ids: string[] = []
  for (let round = 0; round < 3; round += 1) {
    for (let batch = 0; batch < 20; batch += 1) {
      const batchIds = Array.from({ length: 100 }, (_, n) => uuid(0x10_000 + round * 2000 + batch * 100 + n))
      ids.push(...batchIds)
      await insertTransactions(...batchIds)
      if (batch === 10) expect(kill(stack, 'connect', 'SIGKILL')).toBe(true)
    }
    await startProcesses(stack, ['connect'])
  }
  const idsIn = async (topic: string, minimum: number): Promise<unknown[]> =>
    (await settled(topic, minimum)).map(({ value }) => value['transaction_id'])
  // The snapshot's row, three changes of the second one, then these.
  expect((await idsIn(TRANSACTIONS_TOPIC, ids.length + 4)).sort()).toEqual([SNAPSHOT, LIVE, LIVE, LIVE, ...ids].sort())
  const others = [SNAPSHOT, LIVE, ...ids].sort()
  expect((await idsIn(eventTopic('transaction_created'), others.length)).sort()).toEqual(others)
  expect((await idsIn(analyticsTopic('account_balances'), others.length)).sort()).toEqual(others)
})

describe('delete', () => {
  test('removes the connectors, and apply resumes where they stopped', async () => {
    const before = (await changesIn(TRANSACTIONS_TOPIC)).length
    const deleted = await connectors('delete')
    expect(deleted.stdout.trim().split('\n')).toEqual(CONNECTORS.map((name) => `${name} deleted`))
    const status = await connectors('status')
    expect(status).toMatchObject({ code: 1, stdout: CONNECTORS.map((name) => `${name} absent\n`).join('') })
    await insertTransactions(uuid(20))
    expect((await connectors('apply')).code).toBe(0)
    expect((await changesOf(uuid(20), 1)).map(({ value }) => value['__op'])).toEqual(['c'])
    expect(await changesIn(TRANSACTIONS_TOPIC)).toHaveLength(before + 1)
  })

  test('a lost slot fails apply with the trace; forgotten and applied, the connector starts over', async () => {
    await connectors('delete', MAIN)
    await eventually(readers, (slots) => slots.some((slot) => slot.active_pid === null))
    await query(`select pg_drop_replication_slot('fintech_main')`)
    const failed = await connectors('apply', MAIN)
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('no longer available on the server')
    expect((await connectors('delete', '--forget', MAIN)).stdout).toContain('offsets and slot forgotten')
    expect((await connectors('apply', MAIN)).stdout).toBe(`${MAIN} created, running\n`)
    expect((await changesOf(SNAPSHOT, 2)).map(({ value }) => value['__op'])).toEqual(['r', 'r'])
  })
})

/** The headers of the first record of a topic. */
async function headersOf(topic: string): Promise<Record<string, string>> {
  const consumer = new Consumer({ ...kafkaOf(stack, 'headers'), groupId: 'headers' })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
  try {
    for await (const { headers } of stream) {
      return Object.fromEntries([...headers].map(([name, value]) => [name.toString(), value.toString()]))
    }
    throw new Error(`${topic} has no record`)
  } finally {
    await consumer.close(true)
  }
}
