import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { valuesFromEnvironment } from '@fintech-streams/service'
import { columnType, RESULTS } from '@fintech-streams/contracts'
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

/** Waits until at least so many transactions are there. */
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
    await writeFile(file, 'created_at,customer_id,amount\n')
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
