import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COLUMN_KINDS, TRANSACTION_COLUMNS } from '@fintech-streams/contracts'
import { valuesFromEnvironment } from '@fintech-streams/service'
import { withClient, type Stack } from '@fintech-streams/local'
import { migrate, MIGRATIONS_DIRECTORY, readMigrations, rolePasswordSettings } from '@fintech-streams/sql'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { uuid } from '../src/rows.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const passwords = valuesFromEnvironment(rolePasswordSettings, {})

let stack: Stack
let connection: pg.ClientConfig

beforeAll(async () => {
  stack = await startTestStack('migrations', ['postgres'])
})
afterAll(() => stopTestStack(stack))

beforeEach(async () => {
  await withClient(stack, 'postgres', async (client) => {
    await client.query('drop database if exists trial with (force)')
    await client.query('create database trial')
  })
  connection = {
    host: 'localhost',
    port: stack.ports.postgres,
    database: 'trial',
    user: stack.env['POSTGRES_USER'],
    password: stack.env['POSTGRES_PASSWORD'],
  }
})

/** Runs statements one after the other as one of the roles; the last one's rows come back. */
async function as(role: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ ...connection, user: role, password: role })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement))
    return rows
  } finally {
    await client.end()
  }
}

const asOwner = (statement: string): Promise<Record<string, unknown>[]> =>
  withClient(stack, 'trial', async (client) => (await client.query<Record<string, unknown>>(statement)).rows)

describe('migrate', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'migrations-'))
    await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true })
  })
  afterEach(() => rm(directory, { recursive: true }))

  test('two at once apply each migration once', async () => {
    const all = await readMigrations(directory)
    const ran = await Promise.all([migrate(connection, passwords), migrate(connection, passwords)])
    expect(ran.map((names) => names.length).sort()).toEqual([0, all.length])
  })

  test('a new migration runs, an applied one that was changed is refused', async () => {
    await migrate(connection, passwords, directory)
    await writeFile(join(directory, '900_more.sql'), 'create table more (n integer)')
    expect(await migrate(connection, passwords, directory)).toEqual(['900_more'])
    await writeFile(join(directory, '900_more.sql'), 'create table more (n bigint)')
    await expect(migrate(connection, passwords, directory)).rejects.toThrow('900_more was changed after it was applied')
  })

  test('a migration that fails leaves nothing of itself, and those before it stay', async () => {
    await writeFile(join(directory, '900_more.sql'), 'create table more (n integer)')
    await writeFile(join(directory, '901_broken.sql'), 'create table half (n integer); select 1 / 0')
    await expect(migrate(connection, passwords, directory)).rejects.toThrow('901_broken failed: division by zero')
    expect(await asOwner(`select to_regclass('more')::text as more, to_regclass('half') as half`)).toEqual([
      { more: 'more', half: null },
    ])
    await writeFile(join(directory, '901_broken.sql'), 'create table half (n integer)')
    expect(await migrate(connection, passwords, directory)).toEqual(['901_broken'])
  })
})

describe('the table of transactions', () => {
  beforeEach(() => migrate(connection, passwords))

  test('has the columns that the contract declares', async () => {
    const rows =
      await asOwner(`select attname as name, format_type(atttypid, atttypmod) as type, not attnotnull as nullable
      from pg_attribute where attrelid = 'transactions'::regclass and attnum > 0 and not attisdropped order by attnum`)
    const declared = Object.values(TRANSACTION_COLUMNS).map(({ name, kind, nullable }) => ({
      name,
      type: COLUMN_KINDS[kind].sql
        .replace('char(', 'character(')
        .replace(/timestamptz\((.)\)/, 'timestamp($1) with time zone'),
      nullable,
    }))
    expect(rows).toEqual(declared)
  })

  test('takes the values that the contract lists, and no others', async () => {
    const checks = await asOwner(`select pg_get_constraintdef(oid) as text from pg_constraint
      where conrelid = 'transactions'::regclass and contype = 'c'`)
    for (const { name, kind, values = [] } of Object.values(TRANSACTION_COLUMNS)) {
      if (kind !== 'enumeration') continue
      const listed = checks.map(({ text }) => String(text)).find((text) => text.startsWith(`CHECK ((${name} = ANY`))
      expect([...(listed ?? '').matchAll(/'(\w+)'::text/g)].map(([, value]) => value)).toEqual(values)
    }
  })
})

describe('roles', () => {
  beforeEach(() => migrate(connection, passwords))

  const transaction = `insert into transactions (transaction_id, customer_id, account_id, transaction_type, amount, currency,
    amount_usd, status, risk_level) values ('${uuid(1)}', '${uuid(2)}', '${uuid(3)}', 'DEPOSIT', 1, 'USD', 1, 'COMPLETED',
    'LOW')`
  const event = `insert into outbox (id, aggregate_type, aggregate_id, event_type, payload)
    values (gen_random_uuid(), 'transaction', 'x', 'transaction_created', '{}')`
  const label = `insert into fraud_labels (transaction_id, typology) values ('${uuid(1)}', 'card_testing')`

  test('writers write, and labels are the generator’s alone', async () => {
    await as('generator', 'begin', transaction, event, label, 'commit')
    await as('api', 'begin', transaction.replace(uuid(1), uuid(9)), event, 'commit')
    await expect(as('api', label)).rejects.toThrow('permission denied for table fraud_labels')
    await expect(as('generator', 'delete from transactions')).rejects.toThrow('permission denied')
    await expect(as('debezium', transaction)).rejects.toThrow('permission denied')
  })

  test('what the sink makes is readable by those who show it, and only the sink makes it', async () => {
    await as('sink', 'create table analytics.fraud_detection (n integer)')
    for (const reader of ['generator', 'api', 'grafana']) await as(reader, 'select n from analytics.fraud_detection')
    await expect(as('grafana', 'create table analytics.other (n integer)')).rejects.toThrow('permission denied')
    await expect(as('sink', 'select transaction_id from transactions')).rejects.toThrow('permission denied')
  })

  test('dashboards see no names', async () => {
    await as('grafana', 'select tier, country from customers')
    await expect(as('grafana', 'select email from customers')).rejects.toThrow('permission denied for table customers')
  })
})

describe('what no reader can count', () => {
  const TABLES = [
    'customers',
    'accounts',
    'merchants',
    'transactions',
    'account_balances',
    'fraud_alerts',
    'customer_sessions',
    'market_data',
  ]
  const NAMES = TABLES.map((name) => `'${name}'`).join(', ')

  /** A good row of each table, in an order in which each finds what it refers to. */
  const rows: Readonly<Record<string, string>> = {
    customers: `insert into customers (customer_id, first_name, last_name, email, phone, date_of_birth, address, city, country,
      tier, risk_score, credit_score) values ('${uuid(2)}', 'a', 'b', 'c', 'd', '1990-01-01', 'e', 'f', 'DE', 'VIP', 1, 700)`,
    accounts: `insert into accounts (account_id, customer_id, account_type, currency) values ('${uuid(3)}', '${uuid(2)}',
      'CHECKING', 'EUR')`,
    merchants: `insert into merchants (merchant_id, name, business_type, category, mcc, address, city, country)
      values ('${uuid(4)}', 'a', 'b', 'c', '5411', 'd', 'e', 'DE')`,
    transactions: `insert into transactions (transaction_id, customer_id, account_id, transaction_type, amount, currency,
      amount_usd, status, risk_level) values ('${uuid(1)}', '${uuid(2)}', '${uuid(3)}', 'DEPOSIT', 1, 'USD', 1, 'COMPLETED',
      'LOW')`,
    account_balances: `insert into account_balances (account_id, balance, available_balance) values ('${uuid(3)}', 1, 1)`,
    fraud_alerts: `insert into fraud_alerts (alert_id, transaction_id, customer_id, alert_type, severity, confidence_score)
      values ('${uuid(5)}', '${uuid(1)}', '${uuid(2)}', 'x', 'LOW', 0.5)`,
    customer_sessions: `insert into customer_sessions (session_id, customer_id, channel) values ('${uuid(6)}', '${uuid(2)}', 'WEB')`,
    market_data: `insert into market_data (symbol, kind, price) values ('EURUSD', 'FX', 1)`,
  }
  /** Values that Postgres itself takes for a type. */
  const BAD: Readonly<Record<string, readonly string[]>> = {
    numeric: ["'NaN'"],
    timestamptz: ["'infinity'", "'-infinity'", "'10000-01-01Z'", "'0044-03-15Z BC'"],
    date: ["'infinity'", "'-infinity'", "'10000-01-01'"],
    _text: ["'{{HIGH_VALUE},{HIGH_RISK}}'", "'{null}'"],
  }

  test('is refused in every column of every table that is streamed or converts money', async () => {
    await migrate(connection, passwords)
    for (const table of TABLES) await asOwner(rows[table] ?? '')
    const columns = await asOwner(`select table_name, column_name, udt_name from information_schema.columns
      where table_schema = 'public' and table_name in (${NAMES}) and udt_name in ('numeric', 'timestamptz', 'date', '_text')`)
    expect(columns.length).toBeGreaterThan(30)
    for (const { table_name: table, column_name: column, udt_name: type } of columns as Record<string, string>[]) {
      for (const value of BAD[type ?? ''] ?? []) {
        const update = `update ${table} set ${column} = ${value}`
        await expect(asOwner(update), update).rejects.toThrow(/violates check constraint|out of range/)
      }
    }
    await asOwner(
      `update transactions set compliance_flags = '{}'; update transactions set compliance_flags = '{HIGH_VALUE,HIGH_RISK}'`,
    )
  })

  test('stays where it was written before, and keeps no migration from running', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'migrations-'))
    const all = await readMigrations(MIGRATIONS_DIRECTORY)
    for (const { name, sql } of all.filter(({ name }) => name < '060'))
      await writeFile(join(directory, `${name}.sql`), sql)
    await migrate(connection, passwords, directory)
    await asOwner((rows['transactions'] ?? '').replace("'DEPOSIT', 1, 'USD', 1", "'DEPOSIT', 'NaN', 'USD', 'NaN'"))
    expect(await migrate(connection, passwords)).toContain('060_facts_bounds')
    expect(await asOwner('select amount from transactions')).toEqual([{ amount: 'NaN' }])
    await rm(directory, { recursive: true })
  })
})

describe('outbox_expire', () => {
  beforeEach(() => migrate(connection, passwords))

  const fill = `
    insert into outbox (id, aggregate_type, aggregate_id, event_type, payload, created_at)
    select gen_random_uuid(), 'x', ago::text, 'x', '{}', now() - ago * interval '1 hour' from generate_series(-1, 22) ago`

  test('keeps the hours asked for, the current and the next', async () => {
    // One transaction, so that its hour is one.
    await withClient(stack, 'trial', async (client) => {
      await client.query('begin')
      await client.query(fill)
      expect((await client.query('select outbox_expire(3) as emptied')).rows).toEqual([{ emptied: 19 }])
      const kept = await client.query('select aggregate_id::int as ago from outbox order by 1')
      expect(kept.rows).toEqual([-1, 0, 1, 2, 3].map((ago) => ({ ago })))
      expect((await client.query('select outbox_expire(3) as emptied')).rows).toEqual([{ emptied: 0 }])
      await client.query('rollback')
    })
  })

  test('leaves hours that somebody reads for the next call', async () => {
    await asOwner(fill)
    await withClient(stack, 'trial', async (reader) => {
      await reader.query('begin')
      await reader.query('select id from outbox')
      expect(await as('debezium', 'select outbox_expire(3) as emptied')).toEqual([{ emptied: 0 }])
      await reader.query('commit')
    })
    expect((await as('debezium', 'select outbox_expire(3) as emptied'))[0]?.['emptied']).toBeGreaterThan(0)
  })

  test.for([0, 22])('refuses to keep %i hours', async (keep) => {
    await expect(as('debezium', `select outbox_expire(${keep})`)).rejects.toThrow('expected 1 to 21')
  })
})
