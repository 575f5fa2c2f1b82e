import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { valuesFromEnvironment } from '@fintech-streams/service'
import { columnType, MINUTE_MS, RESULTS } from '@fintech-streams/contracts'
import { Random } from '@fintech-streams/generator'
import { changeOf, readParties, writeNew } from '@fintech-streams/ledger'
import { commandLine, kill, startProcesses, type Stack, withClient } from '@fintech-streams/local'
import { migrate, rolePasswordSettings } from '@fintech-streams/sql'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { brokenWrites } from '../src/broken-writes.ts'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { startForgetfulProxy } from '../src/forgetful-proxy.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const GENERATOR = 'generator'
const KILLS = 12

let stack: Stack
let database: string
let databases = 0

beforeAll(async () => {
  stack = await startTestStack('generator', ['postgres'])
})
afterAll(() => stopTestStack(stack))

beforeEach(async () => {
  database = await createDatabase()
})

/** A database of a test's own, with the platform's schema. */
async function createDatabase(): Promise<string> {
  databases += 1
  const name = `generator_${databases}`
  await withClient(stack, 'postgres', (client) => client.query(`create database ${name}`))
  await migrate(
    { ...serverOf(), database: name, user: stack.env['POSTGRES_USER'], password: stack.env['POSTGRES_PASSWORD'] },
    valuesFromEnvironment(rolePasswordSettings, {}),
  )
  return name
}

const serverOf = () => ({ host: 'localhost', port: stack.ports.postgres })
const withDatabase = (name: string): Stack => ({ ...stack, env: { ...stack.env, POSTGRES_DB: name } })
const generator = (...args: string[]) => runCommand(withDatabase(database), GENERATOR, args)

function query(sql: string, name = database): Promise<Record<string, unknown>[]> {
  return withClient(stack, name, async (client) => (await client.query<Record<string, unknown>>(sql)).rows)
}

async function count(sql: string): Promise<number> {
  const [row] = await query(`select count(*)::integer as n from ${sql}`)
  return row?.['n'] as number
}

interface Running {
  process: ChildProcess
  output: () => string
  exited: Promise<number | null>
}

const running: Running[] = []
afterEach(() => {
  for (const { process } of running.splice(0)) process.kill('SIGKILL')
})

/** Starts the generator and lets it run. */
function start(...args: string[]): Running {
  const options = { cwd: stack.checkout, env: withDatabase(database).env }
  const child = spawn(process.execPath, commandLine(stack, GENERATOR, ...args), options)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)))
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const started = { process: child, output: () => output, exited }
  running.push(started)
  return started
}

/** Waits until there are at least `n` transactions. */
const untilWritten = (n: number): Promise<number> =>
  eventually(
    () => count('transactions'),
    (seen) => seen >= n,
  )

describe('a run', () => {
  test('writes history and live transactions, each with what belongs to it, in order of event time', async () => {
    const { code, stdout } = await generator(
      ...['run-all', '--rate', '20', '--backfill', '10m', '--duration', '3s', '--fraud-rate', '0.05'],
    )
    expect(stdout).toMatch(/total: [\d,]+ transactions/)
    expect(code).toBe(0)
    expect(await brokenWrites(stack, database)).toEqual({})
    expect(await count('customers')).toBe(100)
    expect(await count('fraud_labels')).toBeGreaterThan(0)
    expect(await count('customer_sessions')).toBeGreaterThan(0)
    expect(await count('market_data')).toBeGreaterThan(0)
    const outOfOrder = `(select recorded_at < lag(recorded_at) over (order by balance_id) as is_back
      from account_balances) moves where is_back`
    expect(await count(outOfOrder)).toBe(0)
  })

  test('gives the same rows, byte for byte, for the same seed and start time', async () => {
    // A time of which this seed makes alerts, too.
    const start = '2024-11-20T12:00:00Z'
    const flags = [
      '--flat',
      '--seed',
      '18',
      '--start-time',
      start,
      '--duration',
      '5m',
      '--rate',
      '5',
      '--fraud-rate',
      '0.05',
    ]
    // What the database numbers and stamps by itself is not the generator's.
    const tables = {
      customers: '*',
      accounts: '*',
      merchants: '*',
      transactions: '*',
      fraud_alerts: '*',
      fraud_labels: '*',
      customer_sessions: '*',
      market_data: '*',
      account_balances: '(account_id, transaction_id, balance, available_balance, pending_debits, recorded_at)',
      outbox: '(id, aggregate_type, aggregate_id, event_type, payload)',
    }
    const contents: Record<string, unknown>[][] = []
    for (const name of [database, await createDatabase()]) {
      const { code } = await runCommand(withDatabase(name), GENERATOR, ['run-all', ...flags])
      expect(code).toBe(0)
      for (const [table, columns] of Object.entries(tables)) {
        const row = columns === '*' ? 't' : columns
        contents.push(await query(`select ${row}::text as row from ${table} t order by 1`, name))
      }
    }
    const half = contents.length / 2
    expect(contents.slice(0, half).every((rows) => rows.length > 0)).toBe(true)
    expect(contents.slice(half)).toEqual(contents.slice(0, half))
    const again = await generator('run', ...flags)
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('choose another --seed') as string })
  })

  test('leaves no transaction without its event, nor the reverse, however often it is killed', async () => {
    await generator('init')
    for (let n = 1, before = 0; n <= KILLS; n += 1) {
      const { process: child, exited } = start('run', '--rate', '0', '--fraud-rate', '0.05')
      await untilWritten(before + 1)
      await sleep(Math.random() * 150)
      child.kill('SIGKILL')
      expect(await exited).toBeNull()
      before = await count('transactions')
    }
    expect(await brokenWrites(stack, database)).toEqual({})
  })

  test('goes on after Postgres was killed and started again, with no row lost or twice', async () => {
    await generator('init')
    const { process: child, exited, output } = start('run', '--rate', '400', '--flat')
    for (let n = 1; n <= 3; n += 1) {
      await untilWritten((await count('transactions')) + 200)
      expect(kill(stack, 'postgres', 'SIGKILL')).toBe(true)
      await startProcesses(stack, ['postgres'])
      await eventually(
        async () => output().split('Postgres is back').length - 1,
        (times) => times >= n,
      )
    }
    const before = await count('transactions')
    await untilWritten(before + 200)
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
    expect(output().match(/lost Postgres/g)).toHaveLength(3)
    expect(await brokenWrites(stack, database)).toEqual({})
    expect(totalOf(output())).toBe(await count('transactions'))
  })

  test('writes a batch once whose commit was done but never answered', async () => {
    await generator('init')
    const proxy = await startForgetfulProxy(stack.ports.postgres)
    try {
      const flags = ['--rate', '100', '--flat', '--count', '400', '--postgres-port', String(proxy.port)]
      const { code, stdout } = await generator('run', ...flags)
      expect(proxy.forgotten()).toBeGreaterThan(3)
      expect(stdout.match(/Postgres is back/g)).toHaveLength(proxy.forgotten())
      expect(code).toBe(0)
    } finally {
      proxy.close()
    }
    expect(await count('transactions')).toBe(400)
    expect(await brokenWrites(stack, database)).toEqual({})
  })

  test('says what it wrote and ends with 0 when it is asked to stop', async () => {
    const { process: child, exited, output } = start('run-all', '--rate', '200', '--num-customers', '10')
    await untilWritten(100)
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
    expect(totalOf(output())).toBe(await count('transactions'))
    expect(await brokenWrites(stack, database)).toEqual({})
  })

  test('lets nobody else write before its history is complete, and everybody afterwards', async () => {
    await generator('init')
    const writers = async (): Promise<number> => 1 - (await count('history_lease where until > now()'))
    const { process: child, exited, output } = start('run', '--rate', '20', '--backfill', '1h')
    await untilWritten(1)
    expect(await writers()).toBe(0)
    const file = join(tmpdir(), 'nobody-waits.csv')
    await writeFile(file, `created_at,customer_id,amount\n${new Date().toISOString()},somebody,1.00\n`)
    const refused = await generator('import', file)
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('history is still being written') as string,
    })
    expect(await eventually(writers, (free) => free === 1)).toBe(1)
    const [newest] = await query("select max(created_at) > now() - interval '1 minute' as is_now from transactions")
    expect(newest).toEqual({ is_now: true })
    expect((await generator('import', file)).code).toBe(0)
    await rm(file)
    child.kill('SIGTERM')
    expect(await exited, output()).toBe(0)
    expect(await count('history_lease')).toBe(0)
  })

  test('keeps the customers that are there', async () => {
    expect((await generator('init', '--num-customers', '7')).stdout).toContain('7 customers')
    expect((await generator('init', '--num-customers', '9')).stdout).toContain('7 customers are there already')
    expect(await count('customers')).toBe(7)
  })

  test('says in a line what is wrong', async () => {
    expect(await generator('run', '--rate', '-5')).toMatchObject({ code: 2, stdout: '' })
    expect(await generator('run', '--fraud-rate', '2')).toMatchObject({ code: 2, stdout: '' })
    expect(await generator('run', '--rate', '0', '--backfill', '1h')).toMatchObject({ code: 2, stdout: '' })
    const empty = await generator('run')
    expect(empty).toMatchObject({ code: 1, stderr: expect.stringContaining('run generator init first') as string })
    const away = await generator('run', '--postgres-port', '1')
    expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('localhost:1/') as string })
  })
})

function totalOf(output: string): number {
  const total = /total: ([\d,]+) transactions/.exec(output)?.[1] ?? ''
  return Number(total.replaceAll(',', ''))
}

describe('the write path', () => {
  test('serves another program, as its own role, beside a running generator; a repetition has no effect', async () => {
    await generator('init', '--num-customers', '5')
    const { process: child, exited } = start('run', '--rate', '1000')
    await untilWritten(1)
    const accounts = await query('select account_id, customer_id from accounts order by account_id')
    const client = new pg.Client({ ...serverOf(), database, user: 'api', password: 'api' })
    await client.connect()
    const random = new Random('other program')
    const ids = accounts.map((row) => row['account_id'] as string)
    const parties = await readParties(client, {
      customers: accounts.map((row) => row['customer_id'] as string),
      accounts: ids,
      merchants: [],
    })
    const changes = Array.from({ length: 60 }, (_, n) => {
      const account = parties.accounts.get(ids[n % ids.length] ?? '')
      const customer = parties.customers.get(account?.customerId ?? '')
      if (account === undefined || customer === undefined) throw new Error('the account was read a moment ago')
      const amount = {
        amountMinor: 100 + n,
        currency: account.currency,
        fxRateE8: 100_000_000,
        amountUsdMinor: 100 + n,
      }
      const fixed = { type: 'DEPOSIT', status: 'COMPLETED', feeMinor: 0 } as const
      const atMs = Date.now()
      const facts = { ...amount, ...fixed, transactionId: random.timedUuid(atMs), atMs, customer, account }
      return changeOf(facts, () => 100_000_000)
    })
    for (let at = 0; at < changes.length; at += 3) {
      expect((await writeNew(client, changes.slice(at, at + 3))).size).toBe(0)
    }
    expect((await writeNew(client, changes.slice(10, 20))).size).toBe(10)
    await client.end()
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
    expect(await brokenWrites(stack, database)).toEqual({})
  })
})

describe('import', () => {
  const LINES = 6_000
  let directory: string
  let file: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'import-'))
    file = join(directory, 'history.csv')
    const lines = Array.from({ length: LINES }, (_, n) => {
      const at = new Date(Date.UTC(2020, 0, 1) + n * 1000).toISOString()
      return `${n % 2 === 0 ? `t${n}` : ''},${at},c${n % 50},${(n % 900) + 1}.25,${n % 1000 === 7 ? 'FAX' : 'WEB'},Shop ${n % 9}`
    })
    const head = 'transaction_id,created_at,customer_id,amount,channel,merchant_name'
    await writeFile(file, [head, ...lines].join('\n'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  test('writes each line once, however often it is killed, moves all times alike, and keeps what it refuses', async () => {
    for (let n = 1; n <= 3; n += 1) {
      const before = await count('transactions')
      const { process: child, exited } = start('import', file, '--shift-to-now')
      await untilWritten(before + 1)
      child.kill('SIGKILL')
      await exited
    }
    const { code, stdout } = await generator('import', file, '--shift-to-now')
    expect(stdout).toMatch(/total: \d+ transactions written, \d+ were there already, 6 lines rejected/)
    expect(code).toBe(0)
    expect(await count('transactions')).toBe(LINES - 6)
    expect(await brokenWrites(stack, database)).toEqual({})
    // A line a second, but for the six.
    const [span] = await query(
      `select extract(epoch from max(created_at) - min(created_at))::integer as seconds,
        max(created_at) <= now() and max(created_at) > now() - interval '1 hour' as is_now from transactions`,
    )
    expect(span).toEqual({ seconds: LINES - 1, is_now: true })
    const rejected = (await readFile(`${file}.rejected.ndjson`, 'utf8')).trimEnd().split('\n')
    expect(rejected.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([
      9, 1009, 2009, 3009, 4009, 5009,
    ])
    const again = await generator('import', file)
    expect(again.stdout).toContain(`total: 0 transactions written, ${LINES - 6} were there already`)
  })

  /** A file of its own beside the history. */
  async function fileOf(name: string, lines: readonly string[]): Promise<string> {
    const path = join(directory, name)
    await writeFile(path, lines.join('\n'))
    return path
  }
  const rejectsOf = async (path: string): Promise<{ line: number; reason: string; text: string }[]> =>
    (await readFile(`${path}.rejected.ndjson`, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; reason: string; text: string })
  const HEAD = 'customer_id,amount,created_at'

  test('refuses a mapping that names a column that is not there, before the first line', async () => {
    const path = await fileOf('typed.csv', ['client,amt,ccy,ts', 'c1,10.00,EUR,2026-11-20T10:00:00Z'])
    const columns = { customer_id: 'client', amount: 'amt', currency: 'currency_code', created_at: 'ts' }
    const mapping = await fileOf('mapping.json', [JSON.stringify({ columns })])
    const refused = await generator('import', path, '--mapping', mapping)
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('no column "currency_code": it has client, amt, ccy, ts')
    expect(await count('transactions')).toBe(0)
    const empty = await generator('import', await fileOf('bad.csv', [HEAD, 'c1,much,2026-11-20T10:00:00Z']))
    expect(empty).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing of') as string })
  })

  test('refuses a wrong year and lets the others end now', async () => {
    const days = ['2026-11-20T10:00:00Z', '2026-11-20T10:00:05Z', '2062-11-20T10:00:07Z', '2026-11-20T10:00:10Z']
    const path = await fileOf('year.csv', [HEAD, ...days.map((day, n) => `c1,${n + 1}.00,${day}`)])
    const { code, stdout } = await generator('import', path, '--shift-to-now')
    expect([code, stdout]).toEqual([0, expect.stringContaining('4 lines read')])
    expect(stdout).toContain('3 transactions written, 0 were there already, 1 lines rejected')
    expect(await rejectsOf(path)).toMatchObject([{ line: 4, text: 'c1,3.00,2062-11-20T10:00:07Z' }])
    const rows = await query(
      `select amount, extract(epoch from max(created_at) over () - created_at)::integer as before,
        max(created_at) over () > now() - interval '1 minute' as is_now from transactions order by amount`,
    )
    expect(rows).toEqual([
      { amount: '1.00', before: 10, is_now: true },
      { amount: '2.00', before: 5, is_now: true },
      { amount: '4.00', before: 0, is_now: true },
    ])
  })

  test('takes only the new lines of next month’s export, newest first', async () => {
    const january = ['c1,20.00,2026-11-19T10:00:00Z', 'c1,10.00,2026-11-18T10:00:00Z']
    const february = await fileOf('feb.csv', [HEAD, 'c1,30.00,2026-11-20T10:00:00Z', ...january])
    expect((await generator('import', await fileOf('jan.csv', [HEAD, ...january]), '--shift-to-now')).code).toBe(0)
    const { stdout } = await generator('import', february, '--shift-to-now')
    expect(stdout).toContain('1 transactions written, 2 were there already, 0 lines rejected')
    expect(await query('select sum(amount) from transactions')).toEqual([{ sum: '60.00' }])
  })

  test('refuses another transaction with an id that is there, in the file or in the database', async () => {
    const head = `transaction_id,${HEAD}`
    const line = (id: string, amount: string) => `${id},c1,${amount},2026-11-20T10:00:00Z`
    const first = await fileOf('first.csv', [head, line('1', '1.00'), line('1', '1.00'), line('1', '2.00')])
    expect((await generator('import', first)).stdout).toContain('1 transactions written, 1 were there already, 1 lines')
    const second = await fileOf('second.csv', [head, line('1', '3.00'), line('1', '1.00'), line('2', '4.00')])
    expect((await generator('import', second)).stdout).toContain(
      '1 transactions written, 1 were there already, 1 lines',
    )
    expect((await rejectsOf(second))[0]).toMatchObject({
      line: 2,
      reason: expect.stringContaining('another amount') as string,
    })
  })

  test('loses no line to others that cannot be booked', async () => {
    const at = (n: number): string => new Date(1_795_000_000_000 + n).toISOString()
    // Each is allowed, and nine of them are what a balance can be.
    const most = Array.from({ length: 18 }, (_, n) => `c1,9999999999999.99,${at(n)},HUF,0.0009`)
    const lines = [`c2,1.00,${at(0)},USD,`, ...most, `c2,2.00,${at(1_000)},USD,`]
    const path = await fileOf('most.csv', [`${HEAD},currency,fx_rate`, ...lines])
    const { code, stdout, stderr } = await generator('import', path)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('11 transactions written, 0 were there already, 9 lines rejected')
    const rejected = await rejectsOf(path)
    expect(rejected.map(({ line }) => line)).toEqual(Array.from({ length: 9 }, (_, n) => n + 12))
    expect(new Set(rejected.map(({ reason }) => reason.slice(0, 46)))).toEqual(
      new Set(['it cannot be booked: the balance of account 7a']),
    )
    expect(await query(`select sum(amount) from transactions where amount < 10`)).toEqual([{ sum: '3.00' }])
    expect(await brokenWrites(stack, database)).toEqual({})
  })

  test('writes the same rows from CSV of either style and from NDJSON', async () => {
    const rows = [
      { transaction_id: '1795168800000000001', customer_id: '4000000000000000001', amount: '1064.50', currency: 'EUR' },
      {
        transaction_id: '1795168800000000002',
        customer_id: '4000000000000000002',
        amount: '36.00000',
        currency: 'USD',
      },
    ].map((row) => ({ ...row, created_at: '2026-11-20 10:00:00.123456+00', merchant_name: 'Müller; "Söhne"' }))
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const csv = rows.map((row) => Object.values(row).map(quoted).join(','))
    const german = rows.map((row) =>
      [...Object.values({ ...row, amount: row.amount.replace('.', ',') })].map(quoted).join(';'),
    )
    const json = rows.map((row) =>
      JSON.stringify(row).replaceAll(/"(transaction_id|customer_id|amount)":"([^"]+)"/g, '"$1":$2'),
    )
    const names = Object.keys(rows[0] ?? {})
    const contents: unknown[] = []
    for (const [name, lines] of Object.entries({
      'a.csv': [names.join(','), ...csv],
      'b.csv': ['sep=;', names.join(';'), ...german],
      'c.ndjson': json,
    })) {
      database = await createDatabase()
      expect((await generator('import', await fileOf(name, lines))).code).toBe(0)
      contents.push(await query('select t::text as row from transactions t order by 1'))
    }
    expect(contents[0]).toHaveLength(2)
    expect(contents[1]).toEqual(contents[0])
    expect(contents[2]).toEqual(contents[0])
  })

  describe('where connectors stream the database', () => {
    beforeEach(() => query(`select pg_create_logical_replication_slot('slow', 'pgoutput')`))
    afterEach(() => query(`select pg_drop_replication_slot('slow')`))
    const unread = `select (pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) / 1048576)::float as mib
      from pg_replication_slots where slot_name = 'slow'`

    test('waits for them', async () => {
      const { exited, output } = start('import', file, '--slot-backlog-mb', '2')
      await eventually(
        async () => output(),
        (text) => text.includes('waiting for the replication slot slow, which no connector reads'),
      )
      const before = await count('transactions')
      expect(before).toBeLessThan(LINES - 6)
      const [seen] = await query(unread)
      // One group can go over the bound.
      expect(seen?.['mib']).toBeLessThan(32)
      await sleep(2_500)
      expect(await count('transactions')).toBe(before)
      const advance = `select pg_replication_slot_advance('slow', pg_current_wal_lsn())`
      const reading = setInterval(() => void query(advance).catch(() => undefined), 200)
      try {
        expect(await exited).toBe(0)
      } finally {
        clearInterval(reading)
      }
      expect(await count('transactions')).toBe(LINES - 6)
    })

    test('goes on without them where it is told so, and stops while it waits when it is asked to', async () => {
      const patient = start('import', file, '--slot-backlog-mb', '1')
      await eventually(
        async () => patient.output(),
        (text) => text.includes('waiting for'),
      )
      patient.process.kill('SIGTERM')
      expect(await patient.exited).toBe(0)
      expect(patient.output()).toContain('stopped before the end of the file')
      const { code, stdout } = await generator('import', file, '--slot-backlog-mb', '1', '--no-wait')
      expect([code, stdout]).toEqual([0, expect.not.stringContaining('waiting for')])
      expect(await count('transactions')).toBe(LINES - 6)
    })

    test('says beforehand how many lines are late', async () => {
      const yesterday = new Date(Date.now() - 24 * 60 * MINUTE_MS).toISOString()
      const first = await generator('import', await fileOf('first.csv', [HEAD, `c1,1.00,${yesterday}`]))
      expect(first.stdout).not.toContain('late')
      const second = await generator('import', await fileOf('next.csv', [HEAD, `c1,1.00,${new Date().toISOString()}`]))
      expect(second.stdout).not.toContain('late')
      const old = await generator('import', file)
      expect(old.stdout).toContain(`up to ${LINES} of ${LINES} lines are more than 15 minutes older than`)
      expect(old.stdout.indexOf('--shift-to-now')).toBeLessThan(old.stdout.indexOf('total:'))
      const shifted = await generator('import', file, '--shift-to-now')
      // A line a second: the last fifteen minutes are in time.
      const late = Number(/up to (\d+) of 6000 lines/.exec(shifted.stdout)?.[1])
      expect(late).toBeGreaterThanOrEqual(LINES - 15 * 60 - 120)
      expect(late).toBeLessThanOrEqual(LINES - 15 * 60 + 60)
    })
  })

  test('lets a run go on with the customers of the file', async () => {
    expect((await generator('import', file)).code).toBe(0)
    const { code } = await generator('run', '--count', '500', '--rate', '0')
    expect(code).toBe(0)
    expect(await brokenWrites(stack, database)).toEqual({})
  })
})

describe('report', () => {
  test('says when there is nothing to compare, and else the precision and recall of each rule', async () => {
    expect(await generator('report')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no results yet') as string,
    })
    await createResultTables()
    const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    await query(`insert into fraud_labels values
      ('${id(1)}', 'CARD_TESTING'), ('${id(2)}', 'CARD_TESTING'), ('${id(3)}', 'STRUCTURING'), ('${id(99)}', 'STRUCTURING')`)
    // 1 and 4 by one rule, 2 by the other job's, 3 by none; 99 is not judged yet.
    const verdicts = ['HIGH_AMOUNT', 'NORMAL', 'NORMAL', 'HIGH_AMOUNT', 'NORMAL']
    for (const [at, verdict] of verdicts.entries()) {
      await query(`insert into analytics.fraud_detection values
        ('${id(at + 1)}', '${id(0)}', null, 1.00, '${verdict}', 0.5, '{}', '1', now())`)
    }
    await query(`insert into analytics.anomaly_detection values
      ('${id(2)}', '${id(0)}', 'VELOCITY_ANOMALY', 0.7, '', '{}', '1', now())`)
    const { code, stdout } = await generator('report')
    const lines = stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '))
    expect(lines).toContain('5 transactions judged, 3 of them labelled as fraud')
    expect(lines).toContain('fraud_detection HIGH_AMOUNT 2 1 0.500 0.333')
    expect(lines).toContain('anomaly_detection VELOCITY_ANOMALY 1 1 1.000 0.333')
    expect(lines).toContain('fraud_detection TIME_ANOMALY 0 0 - 0.000')
    expect(lines).toContain('any any 3 2 0.667 0.667')
    expect(lines).toContain('CARD_TESTING 2 2 1.000')
    expect(lines).toContain('STRUCTURING 1 0 0.000')
    expect(code).toBe(0)
  })

  /** As the sink makes them. */
  async function createResultTables(): Promise<void> {
    for (const table of ['fraud_detection', 'anomaly_detection'] as const) {
      const columns = Object.entries(RESULTS[table].fields).map(([name, kind]) => `${name} ${columnType(kind)}`)
      await query(`set role sink; create table analytics.${table} (${columns.join(', ')})`)
    }
  }
})
