import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CURRENCIES_TAKEN } from '@fintech-streams/contracts'
import { kill, startProcesses, stopStack, withClient, type Stack } from '@fintech-streams/local'
import { allTimeSql, daysSql } from '@fintech-streams/top-senders'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { ApiClient, createToken, topSendersPath } from '../src/serving/client.ts'
import { scansOf } from '../src/serving/plans.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

/** Receivers of a few senders each, and one that many have sent something. */
const RECEIVERS = 20_000
const SENDERS_EACH = 5
const SENDERS_OF_ONE = 50_000
const receiver = (n: number): string => `00000000-0000-4000-a000-${String(n).padStart(12, '0')}`
const WIDE = receiver(0)
const ORDERS = ['amount', 'count'] as const

let stack: Stack
let api: ApiClient
/** Days of the prefilled tables: the last three. */
let days: string[]

beforeAll(async () => {
  stack = await startTestStack('serving', ['serving'])
  api = new ApiClient(stack.ports.api)
  expect(await runCommand(stack, 'generator', ['init', '--num-customers', '20'])).toMatchObject({ code: 0 })
  // What is filled in below must stand still.
  await stopStack(stack, ['counter'])
  days = await fill()
})
afterAll(() => stopTestStack(stack))

async function query<T extends object>(text: string, values: unknown[] = []): Promise<T[]> {
  return withClient(stack, databaseOf(stack), async (client) => (await client.query<T>(text, values)).rows)
}

/** Fills the tables with pairs whose sums vary by orders of magnitude and often tie. */
async function fill(): Promise<string[]> {
  const pairs = `select ('00000000-0000-4000-a000-' || lpad((case when n <= ${SENDERS_OF_ONE} then 0
      else 1 + n % ${RECEIVERS} end)::text, 12, '0'))::uuid as receiver,
      ('00000000-0000-4000-b000-' || lpad(n::text, 12, '0'))::uuid as sender,
      (1 + (random() * 5)::int ^ (random() * 4)::int)::bigint as n_sent,
      (100 * round((random() * 10) ^ (random() * 6)))::bigint as amount
    from generate_series(1, ${SENDERS_OF_ONE + RECEIVERS * SENDERS_EACH}) as n`
  const columns = 'to_account_id, from_account_id'
  return withClient(stack, databaseOf(stack), async (client) => {
    await client.query('select setseed(0.5)')
    await client.query(`insert into serving.top_senders (${columns}, transaction_count, amount_minor) ${pairs}`)
    const filled: string[] = []
    for (const back of [2, 1, 0]) {
      const { rows } = await client.query<{ day: string; name: string }>(
        `select day::text, to_char(day, 'YYYYMMDD') as name from (select current_date - $1::int as day) as d`,
        [back],
      )
      const { day, name } = rows[0]!
      await client.query(`create table serving.top_senders_daily_${name} partition of serving.top_senders_daily
        for values from ('${day}') to (date '${day}' + 1)`)
      await client.query(`insert into serving.top_senders_daily (${columns}, day, transaction_count, amount_minor)
        select receiver, sender, date '${day}', n_sent, amount from (${pairs}) as pair where random() < 0.5`)
      filled.push(day)
    }
    await client.query('analyze serving.top_senders, serving.top_senders_daily')
    return filled
  })
}

describe('top senders', () => {
  test.each(ORDERS)('all time by %s reads the first entries of one index and nothing else', async (order) => {
    const client = new Client({ connectionString: connectionString() })
    await client.connect()
    try {
      for (const plan of ['force_generic_plan', 'force_custom_plan'] as const) {
        const values = `'{${WIDE},${receiver(7)}}', '{10,10}'`
        const scans = await scansOf(client, plan, allTimeSql(order), 'uuid[], integer[]', values)
        expect(scans).toMatchObject([{ how: 'Index Scan', index: `top_senders_by_${order}` }])
        // Of the one that 50,000 have sent something, only those powers of two that hold the first ten.
        expect(scans[0]?.rows).toBeLessThan(SENDERS_OF_ONE / 20)
      }
    } finally {
      await client.end()
    }
  })

  test.each(ORDERS)('days by %s read one index in the partition of each day, and no other partition', async (order) => {
    const client = new Client({ connectionString: connectionString() })
    await client.connect()
    try {
      const asked = Array.from({ length: 100 }, (_, n) => receiver(n + 1))
      const values = `'{${asked.join(',')}}', '{${asked.map(() => 10).join(',')}}', '${days[0]}', '${days[1]}'`
      const types = 'uuid[], integer[], date, date'
      const scans = await scansOf(client, 'force_custom_plan', daysSql(order), types, values)
      const partitions = days.slice(0, 2).map((day) => `top_senders_daily_${day.replaceAll('-', '')}`)
      expect(scans.map(({ relation }) => relation)).toEqual(partitions)
      expect(scans.map(({ index }) => index)).toEqual(partitions.map((name) => `${name}_pkey`))
      for (const { how } of scans) expect(how).toMatch(/^Index (Only )?Scan$/)
    } finally {
      await client.end()
    }
  })

  test('are those that sorting everything gives, ties included', async () => {
    const ties = { amount: 'amount desc, n desc, sender', count: 'n desc, amount desc, sender' }
    const accounts = [WIDE, ...[1, 2, 777, RECEIVERS - 1].map(receiver), randomUUID()]
    const ranges = [
      ['top_senders', 'true', ''],
      ['top_senders_daily', `day between '${days[0]}' and '${days[1]}'`, `&from=${days[0]}&to=${days[1]}`],
      ['top_senders_daily', `day = '${days[2]}'`, `&from=${days[2]}&to=${days[2]}`],
    ] as const
    const questions = accounts.flatMap((account) =>
      ORDERS.flatMap((order) =>
        ranges.map(([table, condition, range], at) => ({ account, order, table, condition, range, limit: 25 - at })),
      ),
    )
    // All at once, so that those of one kind share statements.
    const answers = await Promise.all(
      questions.map(({ account, order, range, limit }) =>
        api.get(topSendersPath(account, `?limit=${limit}&order_by=${order}${range}`)),
      ),
    )
    for (const [at, { account, order, table, condition, range, limit }] of questions.entries()) {
      const naive = await query(
        `select sender as from_account_id, n::int as transaction_count, trim(to_char(amount / 100.0, 'FM999999999990.00')) as transaction_amount
         from (select from_account_id as sender, sum(transaction_count) as n, sum(amount_minor) as amount
               from serving.${table} where to_account_id = $1 and ${condition} group by 1) as pair
         order by ${ties[order]} limit ${limit}`,
        [account],
      )
      const { status, body } = answers[at]!
      expect(status).toBe(200)
      expect(body['senders'], `${table} of ${account} by ${order}${range}`).toEqual(naive)
    }
  })
})

function connectionString(): string {
  return `postgres://fintech:fintech@localhost:${stack.ports.postgres}/${databaseOf(stack)}`
}

test('the API’s database role changes nothing but what a transaction changes; the counter’s only its counts', async () => {
  const as = (role: string, text: string) =>
    withClient(stack, databaseOf(stack), async (client) => {
      await client.query(`set role ${role}`)
      return client.query(text)
    })
  const denied = 'permission denied'
  for (const table of ['top_senders', 'top_senders_daily', 'top_senders_positions', 'top_senders_counted', 'tokens']) {
    await as('api', `select from serving.${table} limit 1`)
    for (const text of [`insert into serving.${table} default values`, `delete from serving.${table}`]) {
      await expect(as('api', text), text).rejects.toThrow(denied)
    }
  }
  await expect(as('api', 'drop table serving.tokens')).rejects.toThrow('must be owner')
  await expect(as('api', 'create table serving.mine ()')).rejects.toThrow(denied)
  await expect(as('api', 'delete from transactions')).rejects.toThrow(denied)
  await expect(as('api', 'update customers set email = null')).rejects.toThrow(denied)
  await expect(as('api', 'delete from analytics.sink_offsets')).rejects.toThrow(/permission denied|does not exist/)
  for (const table of ['transactions', 'customers', 'serving.tokens']) {
    await expect(as('counter', `select from ${table}`), table).rejects.toThrow(denied)
  }
})

describe('POST /v1/transactions', () => {
  interface Party {
    account_id: string
    customer_id: string
    currency: string
  }
  let payer: Party
  let payee: Party

  beforeAll(async () => {
    const rows = await query<Party>('select account_id, customer_id, currency from accounts order by 1 limit 2')
    ;[payer, payee] = rows as [Party, Party]
  })

  const transfer = (more: object = {}): Record<string, unknown> => ({
    transaction_id: randomUUID(),
    customer_id: payer.customer_id,
    account_id: payer.account_id,
    to_account_id: payee.account_id,
    transaction_type: 'TRANSFER',
    amount: '10.00',
    currency: payer.currency,
    location: { country: 'DE', city: 'Bonn' },
    ...more,
  })
  const balances = () =>
    query<{ balance: string }>('select balance from accounts where account_id = any($1) order by account_id', [
      [payer.account_id, payee.account_id],
    ])

  test('the same transaction sent many times at once is there once, with one answer and one movement of money', async () => {
    const before = await balances()
    const body = transfer({ fee_amount: '0' })
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post('/v1/transactions', body)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotent-replay') !== 'true')).toHaveLength(1)
    const events = await query<{ event_type: string; n: number }>(
      `select event_type, count(*)::int as n from outbox where payload->>'transaction_id' = $1
       and event_type <> 'fraud_alert_raised' group by 1 order by 1`,
      [body['transaction_id']],
    )
    expect(events).toEqual([
      { event_type: 'account_balance_changed', n: 2 },
      { event_type: 'transaction_created', n: 1 },
    ])
    const moved = (await balances()).map(({ balance }, at) => Number(balance) - Number(before[at]?.balance))
    expect(moved[0]).toBeCloseTo(-10, 6)
    expect(moved[1]).toBeGreaterThan(0)
  })

  test('risk follows from the facts, and no alert is invented', async () => {
    const before = await query('select count(*)::int as n from fraud_alerts')
    const [customer] = await query<{ risk_score: string }>('select risk_score from customers where customer_id = $1', [
      payer.customer_id,
    ])
    const base = Number(customer?.risk_score) > 50 ? 10 : 0
    for (let n = 0; n < 60; n += 1) {
      const { status, body } = await api.post('/v1/transactions', transfer({ amount: '0.01' }))
      expect(status).toBe(201)
      expect(body).toMatchObject({ risk_score: base.toFixed(2), risk_level: 'LOW', compliance_flags: [] })
    }
    const wire = transfer({
      transaction_type: 'WIRE_TRANSFER',
      amount: '20000.00',
      currency: 'USD',
      status: 'DECLINED',
    })
    const { body } = await api.post('/v1/transactions', wire)
    expect(body).toMatchObject({
      risk_score: (base + 35).toFixed(2),
      risk_level: 'MEDIUM',
      compliance_flags: ['HIGH_VALUE'],
    })
    expect(await query('select count(*)::int as n from fraud_alerts')).toEqual(before)
  })

  test('takes a purchase without a merchant, in any currency that is taken', async () => {
    for (const currency of CURRENCIES_TAKEN) {
      const { to_account_id: _, ...purchase } = transfer({ transaction_type: 'PURCHASE', currency, amount: '1.00' })
      const { status, body } = await api.post('/v1/transactions', purchase)
      expect([status, body]).toMatchObject([201, { merchant_id: null, currency }])
    }
  })

  test('refuses accounts that are not active, amounts beyond the bound and currencies that are not taken', async () => {
    const cases: [string, object][] = [
      ['amount', { amount: '10000000000.00', currency: 'USD' }],
      ['currency', { currency: 'XTS' }],
    ]
    for (const [field, more] of cases) {
      const { status, body } = await api.post('/v1/transactions', transfer(more))
      expect([status, body['errors']]).toMatchObject([422, [{ pointer: `/body/${field}` }]])
    }
    for (const [account, field] of [
      [payer, 'account_id'],
      [payee, 'to_account_id'],
    ] as const) {
      for (const state of ['FROZEN', 'CLOSED']) {
        await query('update accounts set status = $1 where account_id = $2', [state, account.account_id])
        const { status, body } = await api.post('/v1/transactions', transfer())
        expect([status, body['errors']]).toMatchObject([422, [{ pointer: `/body/${field}` }]])
        expect((await api.post('/v1/transactions', transfer({ status: 'DECLINED' }))).status).toBe(201)
      }
      await query(`update accounts set status = 'ACTIVE' where account_id = $1`, [account.account_id])
    }
  })

  test('says of one that no job will count that it is late, and takes none from a clock that is ahead', async () => {
    const at = (offsetMs: number) => transfer({ created_at: new Date(Date.now() + offsetMs).toISOString() })
    const late = await api.post('/v1/transactions', at(-16 * 60_000))
    expect([late.status, late.headers.get('late')]).toEqual([201, 'true'])
    const onTime = await api.post('/v1/transactions', at(-60_000))
    expect([onTime.status, onTime.headers.get('late')]).toEqual([201, null])
    const ahead = await api.post('/v1/transactions', at(60_000))
    expect([ahead.status, ahead.body['errors']]).toMatchObject([400, [{ pointer: '/body/created_at' }]])
  })

  test('waits for history, and answers what was recorded before', async () => {
    const recorded = transfer()
    const answer = await api.post('/v1/transactions', recorded)
    await query(`insert into history_lease (until) values (now() + interval '1 minute')`)
    try {
      const { status, headers, body } = await api.post('/v1/transactions', transfer())
      expect([status, headers.get('retry-after')]).toEqual([503, '10'])
      expect(body['detail']).toContain('history is still being written')
      const again = await api.post('/v1/transactions', recorded)
      expect([again.status, again.body]).toEqual([201, answer.body])
      await query(`update history_lease set until = now() - interval '1 second'`)
      expect((await api.post('/v1/transactions', transfer())).status).toBe(201)
    } finally {
      await query('delete from history_lease')
    }
  })

  test('another transaction with the same id is a conflict that names the difference', async () => {
    const body = transfer()
    expect((await api.post('/v1/transactions', body)).status).toBe(201)
    for (const [field, value] of Object.entries({
      amount: '10.01',
      status: 'PENDING',
      channel: 'ATM',
      location: { country: 'DE' },
      to_account_id: randomUUID(),
      created_at: '2026-01-01T00:00:00Z',
    })) {
      const { status, body: problem } = await api.post('/v1/transactions', { ...body, [field]: value })
      expect([status, problem['errors']]).toMatchObject([409, [{ pointer: `/body/${field}` }]])
    }
  })

  describe('an import of the same transactions', () => {
    let directory: string
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'import-'))
    })
    afterAll(() => rm(directory, { recursive: true }))

    type Body = Record<string, unknown>
    const purchase = (more: object = {}): Body => {
      const { to_account_id: _, ...body } = transfer({ transaction_type: 'PURCHASE', ...more })
      return body
    }
    const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
    const quoted = (value: unknown): string => `"${textOf(value).replaceAll('"', '""')}"`
    const flat = ({ location, ...body }: Body): Body => ({ ...body, ...(location as object | undefined) })
    const formats: Record<string, (bodies: Body[]) => string> = {
      ndjson: (bodies) => bodies.map((body) => JSON.stringify(body)).join('\n'),
      csv: (bodies) => {
        const names = [...new Set(bodies.flatMap((body) => Object.keys(flat(body))))]
        return [names, ...bodies.map((body) => names.map((name) => quoted(flat(body)[name])))].join('\n')
      },
    }

    /** Imports the bodies with ids of their own, in their order. */
    async function importAll(format: string, bodies: Body[]) {
      const own = bodies.map((body) => ({ ...body, transaction_id: randomUUID() }))
      const path = join(directory, `bodies.${format}`)
      await writeFile(path, formats[format]?.(own) ?? '')
      const { stdout } = await runCommand(stack, 'generator', ['import', path])
      return { ids: own.map((body) => body.transaction_id), stdout }
    }
    const rowsOf = (ids: unknown[]) =>
      query(
        `select to_jsonb(t) - 'transaction_id' as row from transactions t
         join unnest($1::uuid[]) with ordinality as given (id, n) on id = transaction_id order by n`,
        [ids],
      )

    test.each(Object.keys(formats))('writes the same rows from %s', async (format) => {
      const created_at = new Date(Date.now() - 60_000).toISOString()
      const bodies = [
        transfer({ created_at, amount: '36.00000' }),
        transfer({ created_at, transaction_type: 'WIRE_TRANSFER', amount: '20000', fee_amount: '1.5' }),
        purchase({ created_at, channel: 'POS', device_fingerprint: 'd-1', ip_address: '192.0.2.1' }),
        purchase({ created_at, location: { country: 'VN', city: 'Hà Nội', lat: 21.0278, lon: 105.8342 } }),
        purchase({ created_at, location: undefined, currency: 'JPY', amount: '12000.00', status: 'PENDING' }),
        purchase({ created_at, transaction_type: 'REFUND', original_transaction_id: randomUUID() }),
        purchase({ created_at, transaction_type: 'DEPOSIT', currency: 'EUR', status: 'DECLINED' }),
      ]
      for (const body of bodies) expect((await api.post('/v1/transactions', body)).status).toBe(201)
      const { ids, stdout } = await importAll(format, bodies)
      expect(stdout).toContain(`${bodies.length} transactions written, 0 were there already, 0 lines rejected`)
      expect(await rowsOf(ids)).toEqual(await rowsOf(bodies.map((body) => body['transaction_id'])))
    })

    test.each(Object.keys(formats))('refuses the same from %s', async (format) => {
      const bodies = [
        purchase({ transaction_type: 'TRANSFER' }),
        transfer({ transaction_type: 'PURCHASE' }),
        purchase({ original_transaction_id: randomUUID() }),
        purchase({ created_at: '2014-12-31T23:59:59Z' }),
        purchase({ created_at: new Date(Date.now() + 3_600_000).toISOString() }),
        purchase({ created_at: '2026-02-30T00:00:00Z' }),
        ...['1.005', '-1', 'much', '', '10000000000000.00', '99999999999.00'].map((amount) => purchase({ amount })),
        ...['XXX', 'usd'].map((currency) => purchase({ currency })),
        purchase({ account_id: payee.account_id }),
        purchase({ device_fingerprint: 'a b' }),
        purchase({ location: { country: 'DE', city: 'a\u0001b' } }),
        purchase({ location: { country: 'Germany' } }),
        purchase({ ip_address: '1.2.3' }),
        purchase({ status: 'DONE' }),
      ].map((body) => ({ created_at: new Date(Date.now() - 60_000).toISOString(), ...body }))
      for (const body of bodies) {
        const { status } = await api.post('/v1/transactions', body)
        expect([body, status]).toEqual([body, expect.toSatisfy((code: number) => code === 400 || code === 422)])
      }
      const { stdout } = await importAll(format, bodies)
      expect(stdout).toContain(`0 transactions written, 0 were there already, ${bodies.length} lines rejected`)
    })
  })

  describe.each([
    ['client.ts', process.execPath],
    ['client.sh', 'bash'],
  ])('examples/%s', (name, interpreter) => {
    const run = (args: string[]) => {
      const env = { ...stack.env, API: `http://127.0.0.1:${stack.ports.api}` }
      const file = join(stack.checkout, 'serving/examples', name)
      return spawnSync(interpreter, [file, ...args], { env, encoding: 'utf8' })
    }

    test('records a transfer and tells what came of it', async () => {
      const [before] = await balances()
      const { status, stdout, stderr } = run([
        payer.customer_id,
        payer.account_id,
        payee.account_id,
        '12.50',
        payer.currency,
      ])
      expect([status, stderr]).toEqual([0, ''])
      for (const field of ['"transaction_id"', '"score"', '"senders"']) expect(stdout).toContain(field)
      const [after] = await balances()
      expect(Number(after!.balance) - Number(before!.balance)).toBeCloseTo(-12.5, 6)
    })

    test('fails with what the API says is wrong', () => {
      const refused = run([payer.customer_id, payer.account_id, payee.account_id, 'much', payer.currency])
      expect(refused.status).not.toBe(0)
      expect(refused.stdout + refused.stderr).toContain('/body/amount')
      expect(run(['nothing else']).status).toBe(2)
    })
  })
})

test('tokens: made and revoked without a restart, each for its roles, and no way back to open', async () => {
  expect((await api.get('/healthz')).body).toMatchObject({ access: 'open' })
  const reader = new ApiClient(stack.ports.api, await createToken(stack, 'reader', 'viewer'))
  const path = topSendersPath(WIDE)
  const statusOf = (client: ApiClient) => async (): Promise<number> => (await client.get(path)).status
  expect(await eventually(statusOf(reader), (status) => status === 200)).toBe(200)
  expect(await eventually(statusOf(api), (status) => status === 401)).toBe(401)
  expect((await reader.post('/v1/transactions', {})).status).toBe(403)
  const revoked = await runCommand(stack, 'serving', ['token', 'revoke', '--name', 'reader'])
  expect(revoked).toMatchObject({ code: 0, stdout: '1 revoked\n' })
  expect(await eventually(statusOf(reader), (status) => status === 401)).toBe(401)
  expect((await api.get('/healthz')).body).toMatchObject({ access: 'tokens' })
  const again = await runCommand(stack, 'serving', ['token', 'revoke', '--name', 'reader'])
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('no valid token is named reader') as string })
})

test('while Postgres is down the last answers stay, with their time, and the rest is refused at once', async () => {
  const client = new ApiClient(stack.ports.api, await createToken(stack, 'outage', 'admin'))
  const path = topSendersPath(WIDE)
  const before = await eventually(
    () => client.get(path),
    ({ status }) => status === 200,
  )
  expect(before.status).toBe(200)
  expect(kill(stack, 'postgres', 'SIGKILL')).toBe(true)

  const ready = await eventually(
    () => client.get('/readyz'),
    ({ status }) => status === 503,
  )
  expect(ready.body).toMatchObject({ checks: { postgres: { ready: false } } })
  expect((await client.get('/healthz')).status).toBe(200)
  expect(await client.get(path)).toMatchObject({ status: 200, body: before.body })
  for (const refused of [
    await client.get(topSendersPath(randomUUID())),
    await client.post('/v1/transactions', {
      transaction_id: randomUUID(),
      customer_id: randomUUID(),
      account_id: randomUUID(),
      transaction_type: 'DEPOSIT',
      amount: '1',
      currency: 'USD',
    }),
  ]) {
    expect(refused).toMatchObject({ status: 503, body: { type: 'urn:fintech-streams:problem:unavailable' } })
    expect(refused.headers.get('retry-after')).toBe('1')
  }

  await startProcesses(stack, ['postgres'])
  const after = await eventually(
    () => client.get(topSendersPath(randomUUID())),
    ({ status }) => status === 200,
  )
  expect(after.body).toMatchObject({ senders: [] })
  expect(
    await eventually(
      () => client.get('/readyz'),
      ({ status }) => status === 200,
    ),
  ).toMatchObject({ status: 200 })
})
