import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { minutes, OPS_ALERTS_TOPIC } from '@fintech-streams/contracts'
import { kafkaOf, type Stack, startProcesses, stopStack, withClient } from '@fintech-streams/local'
import { PartitionReader } from '@fintech-streams/kafka'
import {
  addDays,
  DuckDb,
  listLiteral,
  FolderStore,
  filesOf,
  Manifest,
  dueDate,
  type FoundEntry,
  FUZZY_KINDS,
  type BreakLabel,
  scoreOf,
} from '@fintech-streams/reconciliation'
import { Database } from '@fintech-streams/postgres'
import { BUSINESS_ROLES, type BusinessRole, INDEX_NAMES, testApp, type TestApp } from '@fintech-streams/api'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleMissing, ConsoleWindow } from '../src/browser.ts'
import { runCommand, runScript } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { databaseOf } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const MAIN = 'reconciliation'
/** The last day that is over: it has its statements, and today has none. */
const DATE = dueDate(Date.now(), minutes(20))
const GENERATOR = 'run-all --flat --rate 0.06 --num-customers 60 --backfill 48h --duration 1s --seed 5'
const ARRIVES_WITHIN_MS = 240_000
const DIES_AFTER = ['compact', 'by_reference', 'reconciliation_index', 'write', 'publish in Postgres']

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('reconciliation', ['postgres', 'kafka', 'connect', 'processor', 'sink', 'lake'], {
    env: { LAKE_FLUSH_INTERVAL: '1s' },
  })
  expect(await runCommand(stack, 'connectors', ['apply'])).toMatchObject({ code: 0 })
  expect(await runCommand(stack, 'generator', GENERATOR.split(' '))).toMatchObject({ code: 0 })
  // What the lake has of the day, and no more of it comes.
  const { written, ...inLake } = await eventually(
    lakeCounts,
    ({ transactions, verdicts, written: all }) => transactions === all && verdicts === all,
    ARRIVES_WITHIN_MS,
  )
  expect(inLake).toEqual({ transactions: written, verdicts: written })
  await stopStack(stack, ['connect'])
})
afterAll(() => stopTestStack(stack))

const rowsOf = async <T extends object>(sql: string): Promise<T[]> =>
  withClient(stack, databaseOf(stack), async (client) => (await client.query<T>(sql)).rows)
const reconciliation = (...args: string[]) => runCommand(stack, MAIN, args)
const manifest = () => new Manifest(new FolderStore(join(stack.dataDir, 'lake'))).latest()

async function lakeCounts() {
  const { counts } = await manifest()
  const [row] = await rowsOf<{ n: number }>('select count(*)::int as n from transactions')
  return {
    transactions: counts['transactions.good'] ?? 0,
    verdicts: counts['fraud_verdicts.good'] ?? 0,
    written: row?.n ?? -1,
  }
}

/** A fingerprint of everything that a night publishes in Postgres. */
async function published(): Promise<string> {
  const tables = ['reconciliation_index', 'reconciliation_totals', 'split_lines', 'merchant_index', 'user_spend_index']
  const prints = [...tables, 'compliance_index', 'settlement_index'].map(
    (table) => `(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from reconciliation.${table} t)`,
  )
  const [row] = await rowsOf<{ print: string }>(`select concat_ws(' ', ${prints.join(', ')}) as print`)
  return row?.print ?? ''
}

const statusesOf = async (date: string): Promise<string[]> => {
  const rows = await rowsOf<{ status: string }>(
    `select distinct status from reconciliation.reconciliation_index where business_date = '${date}' order by 1`,
  )
  return rows.map(({ status }) => status)
}

const failuresOf = (code: string) =>
  rowsOf<{ message: string }>(`select message from reconciliation.failures where code = '${code}'`)

/** A part of a statement, with a line that nobody can read. */
function unreadableCsv(): string {
  const [year, month, day] = DATE.split('-')
  const columns = 'Buchungstag;Wertstellung;Umsatzart;Gegenkonto;Verwendungszweck;Betrag;Währung;Bankreferenz'
  return `Kontoauszug;NORTHBANK;${day}.${month}.${year};Teilauszug\n${columns}\nKontostand;100,00;EUR\n`
}

/** What a topic of one partition holds. */
async function readAll(topic: string): Promise<unknown[]> {
  const reader = new PartitionReader(kafkaOf(stack, 'e2e'), 'e2e', [topic])
  try {
    const records: unknown[] = []
    await reader.readRange(topic, 0, 0, await reader.endOffset(topic, 0), (batch) => {
      records.push(...batch.records.map(({ value }) => JSON.parse(String(value)) as unknown))
    })
    return records
  } finally {
    await reader.close()
  }
}

describe('a night', () => {
  test('the lake has every transaction once', async () => {
    const { counts } = await manifest()
    const [row] = await rowsOf<{ n: number }>('select count(*)::int as n from transactions')
    expect(counts['transactions.good']).toBe(row?.n)
    expect(Object.keys(counts).filter((name) => name.includes('quarantined'))).toEqual([])
  })

  test('fraud_index and ops_index follow the streams', async () => {
    const counts = () =>
      rowsOf<{
        verdicts: number
        fraud: number
        transactions: number
        ops: number
        failed: number
        ops_failed: number
      }>(
        `select (select count(*)::int from analytics.fraud_detection where verdict <> 'NORMAL') as verdicts,
          (select count(*)::int from reconciliation.fraud_index) as fraud,
          (select count(*)::int from transactions) as transactions,
          (select sum(transaction_count)::int from reconciliation.ops_index) as ops,
          (select count(*)::int from transactions where status = 'FAILED') as failed,
          (select sum(failed_count)::int from reconciliation.ops_index) as ops_failed`,
      )
    const [seen] = await eventually(
      counts,
      ([now]) => now !== undefined && now.verdicts === now.fraud && now.ops === now.transactions,
    )
    expect(seen?.fraud).toBe(seen?.verdicts)
    expect(seen?.ops).toBe(seen?.transactions)
    expect(seen?.ops_failed).toBe(seen?.failed)
  })

  test('without statements everything waits for them, and nothing is called missing', async () => {
    const { code, stderr } = await reconciliation('nightly', '--date', DATE)
    // Whether they are late by now is a question of the hour: then it makes the topic of alerts, and says so.
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.includes('"msg":"created topic"'))
    expect({ code, lines }).toEqual({ code: 0, lines: [] })
    expect(await statusesOf(DATE)).toEqual(['AWAITING_STATEMENT'])
    const failures = await rowsOf<{ code: string }>('select distinct code from reconciliation.failures')
    expect(failures.filter(({ code }) => code !== 'late_statement')).toEqual([])
  })

  test('a night that fails publishes nothing and tells', async () => {
    const before = await published()
    const run = await reconciliation('nightly', '--date', '2001-01-01')
    expect(run).toMatchObject({ code: 1 })
    expect(run.stderr).toMatch(/the lake has no transactions of 2001-01-01/)
    expect(await published()).toBe(before)
    expect(await failuresOf('no_transactions')).toHaveLength(1)
    const alerts = await readAll(OPS_ALERTS_TOPIC)
    expect(alerts).toContainEqual(expect.objectContaining({ source: 'reconciliation', code: 'no_transactions' }))
  })

  test('statements are taken in once, and what is none goes to rejected/', async () => {
    expect(await reconciliation('statements', 'generate', '--date', DATE, '--breaks', '0.05')).toMatchObject({
      code: 0,
    })
    await writeFile(join(stack.dataDir, 'statements/note.txt'), 'Files of Thursday.')
    await writeFile(join(stack.dataDir, 'statements/late.csv'), unreadableCsv())
    const first = await reconciliation('statements', 'ingest')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/note.txt is not taken in: it is no statement/)
    expect(first.stdout).toMatch(/late.csv:3: 3 fields, expected 8/)
    expect(await readdir(join(stack.dataDir, 'statements/rejected'))).toEqual(['note.txt', 'note.txt.reason.txt'])
    const again = await reconciliation('statements', 'ingest')
    expect(
      again.stdout
        .trim()
        .split('\n')
        .every((line) => line.includes('taken in before')),
    ).toBe(true)
  })

  test('one that dies after any step leaves what was published, and the next one ends it', async () => {
    const before = await published()
    for (const step of DIES_AFTER) {
      const died = runScript(stack, 'checks/src/nightly-dying.ts', [DATE, step])
      await expect(died).rejects.toThrow(/did not run to its end/)
      if (step !== 'publish in Postgres') expect(await published(), step).toBe(before)
    }
    const atOnce = await published()
    expect(atOnce).not.toBe(before)
    const run = await reconciliation('nightly', '--date', DATE)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain('finished the publication of a run that died')
    expect(await published()).toBe(atOnce)
    expect(await statusesOf(DATE)).not.toContain('AWAITING_STATEMENT')
    const snapshot = await manifest()
    const [last] = await rowsOf<{ run_id: string }>(
      'select run_id from reconciliation.runs order by published_at desc limit 1',
    )
    expect(snapshot.runs[DATE]).toBe(last?.run_id)
  })

  test('a further one changes nothing', async () => {
    const before = await published()
    expect(await reconciliation('nightly', '--date', DATE)).toMatchObject({ code: 0, stderr: '' })
    expect(await published()).toBe(before)
  })

  test('people see what became of each file and its lines, and are told of the refused one once', async () => {
    const files = await rowsOf<{ refused: number; lines: number; taken: number; off: number }>(
      `select count(*) filter (where is_refused)::int as refused, sum(line_count)::int as lines,
         sum(taken_count)::int as taken,
         sum(line_count - taken_count - rejected_count - known_count - unbooked_count)::int as off
       from indexes.statement_files`,
    )
    const { statementFiles } = await manifest()
    const lines = statementFiles.reduce((sum, file) => sum + file.lines, 0)
    expect(files).toEqual([{ refused: 1, lines: lines + 1, taken: lines, off: 0 }])
    expect(await failuresOf('rejected_lines')).toMatchObject([{ message: 'late.csv: 1 lines cannot be read' }])
    expect(await failuresOf('refused_file')).toMatchObject([{ message: expect.stringMatching(/note.txt/) as unknown }])
    const alerts = await readAll(OPS_ALERTS_TOPIC)
    expect(alerts.filter((alert) => JSON.stringify(alert).includes('refused_file'))).toHaveLength(1)
  })

  test('today is refused, and what was published stays', async () => {
    const before = await published()
    const today = new Date().toISOString().slice(0, 10)
    const run = await reconciliation('nightly', '--date', today)
    expect(run).toMatchObject({ code: 1 })
    expect(run.stderr).toContain('is not over before')
    expect(await published()).toBe(before)
  })

  test('every break with a reference is found, none is invented, and both sides balance', async () => {
    const labels = (await readFile(join(stack.dataDir, 'statements/labels', `${DATE}.ndjson`), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as BreakLabel)
    const entries = await rowsOf<FoundEntry>(
      `select status, reason, rule, transaction_id::text, bank_reference from reconciliation.reconciliation_index
       where business_date = '${DATE}' or status in ('MISSING_INTERNAL', 'DUPLICATE_EXTERNAL')`,
    )
    const scores = scoreOf(labels, entries)
    for (const score of scores) {
      if (FUZZY_KINDS.has(score.kind)) continue
      expect(score.made, score.kind).toBeGreaterThan(0)
      expect(score, score.kind).toMatchObject({ found: score.made, invented: 0 })
    }
    // The same by the command, from the lake.
    const printed = await reconciliation('statements', 'score', '--date', DATE)
    expect(printed).toMatchObject({ code: 0 })
    for (const { kind, made, found, invented } of scores) {
      expect(printed.stdout).toMatch(new RegExp(`^${kind} +${made} +${found} +${invented} `, 'm'))
    }
    const balance = await rowsOf<{ off: string }>(
      `select sum(external_amount - internal_amount - difference)::text as off from reconciliation.reconciliation_totals`,
    )
    expect(balance).toEqual([{ off: '0.00' }])
    const [sides] = await rowsOf<{ ours: string; theirs: string }>(
      `select (select sum(amount_usd) from transactions where status = 'COMPLETED'
          and transaction_type in ('PURCHASE', 'REFUND', 'CHARGEBACK')
          and (created_at at time zone 'UTC')::date = '${DATE}')::text as ours,
        (select sum(internal_amount) from reconciliation.reconciliation_index
          where bank_id = 'PAYRAIL' and business_date = '${DATE}')::text as theirs`,
    )
    expect(sides?.theirs).toBe(sides?.ours)
  })

  test('the lake has the same index as Postgres', async () => {
    const files = filesOf(await manifest(), 'indexes/reconciliation_index').map(({ path }) =>
      join(stack.dataDir, 'lake', path),
    )
    const db = await DuckDb.open({ memoryMb: 256, threads: 1, spillFolder: join(stack.dataDir, 'spill') })
    try {
      const inLake =
        await db.rows(`select status, cast(count(*) as integer) as n, cast(sum(difference) as varchar) as off
        from read_parquet(${listLiteral(files)}, hive_partitioning = false) group by status order by status`)
      const inPostgres = await rowsOf(`select status, count(*)::int as n, sum(difference)::text as off
        from reconciliation.reconciliation_index group by status order by status`)
      expect(inLake).toEqual(inPostgres)
    } finally {
      db.close()
    }
  })

  test('the scheduler reconciles the days before, whatever else is in the folder', async () => {
    const before = addDays(DATE, -1)
    expect((await manifest()).runs[before]).toBeUndefined()
    await writeFile(join(stack.dataDir, 'statements/report.pdf'), '%PDF-1.7\n"')
    const old = new Date(Date.now() - 60_000)
    await utimes(join(stack.dataDir, 'statements/report.pdf'), old, old)
    await startProcesses(stack, ['nightly'])
    try {
      const statuses = await eventually(
        () => statusesOf(before),
        (seen) => seen.includes('MATCHED'),
        ARRIVES_WITHIN_MS,
      )
      expect(statuses).toContain('MATCHED')
      expect(await readdir(join(stack.dataDir, 'statements/rejected'))).toContain('report.pdf')
      await eventually(
        () => failuresOf('refused_file'),
        (found) => found.length === 2,
      )
    } finally {
      await stopStack(stack, ['nightly'])
    }
    expect(await failuresOf('refused_file')).toHaveLength(2)
    // What was booked a day later is of a day that was reconciled before, and has its turn by hand or in five minutes.
    expect(await reconciliation('nightly')).toMatchObject({ code: 0, stderr: '' })
    expect((await reconciliation('nightly')).stdout).toMatch(/every day that is over has been reconciled/)
  })
})

/** Who may read what: the table of reconciliation/docs/INDEXES.md. */
const READERS: Readonly<Record<string, readonly BusinessRole[]>> = {
  reconciliation_index: ['finance', 'admin'],
  reconciliation_totals: ['finance', 'treasury', 'admin'],
  split_lines: ['finance', 'admin'],
  statement_files: ['finance', 'operations', 'admin'],
  rejected_lines: ['finance', 'admin'],
  merchant_index: ['partnerships', 'admin'],
  user_spend_index: ['marketing', 'compliance', 'admin'],
  settlement_index: ['finance', 'treasury', 'admin'],
  compliance_index: ['compliance', 'fraud_analyst', 'admin'],
  fraud_index: ['fraud_analyst', 'compliance', 'admin'],
  ops_index: ['operations', 'admin'],
}

describe('the API', () => {
  let api: TestApp
  let database: Database
  const stop = new AbortController()

  beforeAll(async () => {
    const { ports, env } = stack
    database = new Database(
      {
        host: '127.0.0.1',
        port: ports.postgres,
        database: databaseOf(stack),
        user: 'api',
        password: env['API_DB_PASSWORD'],
        max: 4,
      },
      pino({ level: 'silent' }),
    )
    void database.watch(stop.signal)
    await eventually(
      async () => database.isUp,
      (isUp) => isUp,
    )
    api = await testApp({ database })
  })
  afterAll(async () => {
    stop.abort()
    await api.app.close()
    await database.close()
  })

  const get = (url: string, ...roles: Parameters<TestApp['bearer']>) =>
    api.app.inject({ url, headers: api.bearer(...roles) })

  test.each(INDEX_NAMES)('%s answers those that it is granted to, and nobody else', async (index) => {
    for (const role of BUSINESS_ROLES) {
      const answer = await get(`/v1/indexes/${index}?limit=5`, role)
      const isReader = READERS[index]?.includes(role) === true
      expect(answer.statusCode, role).toBe(isReader ? 200 : 403)
      if (isReader) expect(answer.json<{ rows: unknown[] }>().rows.length, role).toBeGreaterThan(0)
      const listed = (await get('/v1/indexes', role)).json<{ indexes: string[] }>().indexes
      expect(listed.includes(index), role).toBe(isReader)
    }
    expect((await get(`/v1/indexes/${index}`, 'viewer')).statusCode).toBe(403)
    expect((await api.app.inject({ url: `/v1/indexes/${index}` })).statusCode).toBe(401)
  })

  test('the grants hold in Postgres itself, without the API', async () => {
    for (const index of INDEX_NAMES) {
      for (const role of BUSINESS_ROLES) {
        const reading = database.transaction(async (client) => {
          await client.query(`set local role ${role}`)
          await client.query(`select count(*) from indexes.${index}`)
        })
        if (READERS[index]?.includes(role) === true) await reading
        else await expect(reading, `${role} ${index}`).rejects.toThrow(/permission denied/)
      }
      // The API itself has no rights on an index, nor on the tables behind it.
      for (const name of [`indexes.${index}`, 'reconciliation.compliance_index']) {
        await expect(database.query({ text: `select count(*) from ${name}` })).rejects.toThrow(/permission denied/)
      }
    }
  })

  test('personal data is for compliance; others see enough to tell two customers apart', async () => {
    const url = '/v1/indexes/compliance_index?limit=1'
    const [seen] = (await get(url, 'compliance')).json<{ rows: Record<string, string>[] }>().rows
    const [masked] = (await get(url, 'fraud_analyst')).json<{ rows: Record<string, string | null>[] }>().rows
    expect(masked?.['transaction_id']).toBe(seen?.['transaction_id'])
    expect(seen?.['email']).toMatch(/^\S+@\S+\.\S+$/)
    expect(masked).toMatchObject({ address: null, email: `${seen?.['email']?.[0]}***@***` })
    for (const field of ['first_name', 'last_name', 'phone']) expect(masked?.[field]).toContain('***')
    // Whoever has both sees what compliance sees.
    const [both] = (await get(url, 'fraud_analyst', 'compliance')).json<{ rows: unknown[] }>().rows
    expect(both).toEqual(seen)
  })

  test('pages hold every row once, in order, whatever is published meanwhile', async () => {
    const ids: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const at: string = cursor === null ? '' : `&cursor=${cursor}`
      const answer = await get(
        `/v1/indexes/reconciliation_index?limit=700&date_from=${DATE}&date_to=${DATE}${at}`,
        'finance',
      )
      const page = answer.json<{ rows: { entry_id: string }[]; next_cursor: string | null }>()
      ids.push(...page.rows.map(({ entry_id }) => entry_id))
      cursor = page.next_cursor
      pages += 1
      if (pages === 2) expect(await reconciliation('nightly', '--date', DATE)).toMatchObject({ code: 0 })
    } while (cursor !== null)
    const rows = await rowsOf<{ entry_id: string }>(
      `select entry_id from reconciliation.reconciliation_index where business_date = '${DATE}' order by entry_id`,
    )
    expect(pages).toBeGreaterThan(2)
    expect(ids).toEqual(rows.map(({ entry_id }) => entry_id))
  })

  test('a cursor goes on with its own question only', async () => {
    const first = await get('/v1/indexes/reconciliation_index?limit=1', 'finance')
    const cursor = first.json<{ next_cursor: string }>().next_cursor
    for (const other of [
      `status=SPLIT&cursor=${cursor}`,
      'cursor=nonsense',
      'verdict=NORMAL',
      'date_from=2026-13-01',
    ]) {
      expect((await get(`/v1/indexes/reconciliation_index?${other}`, 'finance')).statusCode, other).toBe(400)
    }
    const filtered = await get('/v1/indexes/reconciliation_index?status=SPLIT', 'finance')
    const { rows } = filtered.json<{ rows: { status: string }[] }>()
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['SPLIT']))
  })

  test('CSV and Parquet hold what the pages hold', async () => {
    const url = '/v1/indexes/settlement_index'
    const { rows } = (await get(`${url}?limit=1000`, 'treasury')).json<{ rows: Record<string, unknown>[] }>()
    const csv = await get(`${url}?format=csv`, 'treasury')
    expect(csv.headers['content-type']).toContain('text/csv')
    expect(csv.body.trimEnd().split('\r\n')).toHaveLength(rows.length + 1)
    const parquet = await get(`${url}?format=parquet`, 'treasury')
    expect(parquet.rawPayload.subarray(0, 4).toString()).toBe('PAR1')
    const file = join(stack.dataDir, 'export.parquet')
    await writeFile(file, parquet.rawPayload)
    const db = await DuckDb.open({ memoryMb: 128, threads: 1, spillFolder: join(stack.dataDir, 'spill') })
    try {
      const [sum] = await db.rows<{ net: string; n: string }>(
        `select cast(sum(net_usd) as varchar) as net, cast(count(*) as varchar) as n from '${file}'`,
      )
      const [expected] = await rowsOf<{ net: string; n: string }>(
        `select sum(net_usd)::text as net, count(*)::text as n from reconciliation.settlement_index`,
      )
      expect(sum).toEqual(expected)
    } finally {
      db.close()
    }
  })

  test('many exports at once hold up nobody, and one whose client is gone leaves its place to others', async () => {
    const address = await api.app.listen({ host: '127.0.0.1', port: 0 })
    const { authorization } = api.bearer('finance')
    const ask = (query: string, signal?: AbortSignal) =>
      fetch(`${address}/v1/indexes/reconciliation_index?${query}`, {
        headers: { authorization },
        ...(signal === undefined ? {} : { signal }),
      })
    const exported = async (format: string): Promise<number> => {
      const answer = await ask(`format=${format}`)
      await answer.arrayBuffer()
      return answer.status
    }
    const all = Promise.all(Array.from({ length: 24 }, (_, at) => exported(at % 2 === 0 ? 'csv' : 'parquet')))
    for (let n = 0; n < 20; n += 1) expect((await ask('limit=1')).status).toBe(200)
    const statuses = await all
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(10)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
    const gone = new AbortController()
    const left = Array.from({ length: 8 }, () => ask('format=parquet', gone.signal).catch((error: Error) => error.name))
    // They are there when one that came after them has its answer.
    await ask('limit=1')
    gone.abort()
    expect(new Set(await Promise.all(left))).toEqual(new Set(['AbortError']))
    expect(
      await eventually(
        () => exported('parquet'),
        (status) => status === 200,
      ),
    ).toBe(200)
    expect(
      await eventually(
        () => exported('csv'),
        (status) => status === 200,
      ),
    ).toBe(200)
  })
})

describe.skipIf(consoleMissing())('the page Reconciliation', () => {
  let window: ConsoleWindow
  beforeAll(async () => {
    await startProcesses(stack, ['serving'])
    window = await ConsoleWindow.open(stack, { width: 1_440, height: 900 })
    await window.page.goto('/reconciliation')
    await window.page.getByTestId('reconciled-days').waitFor()
    await window.page.getByTestId('payouts').waitFor()
  })
  afterAll(() => window?.close())

  test('each bank’s day is as the totals have it', async () => {
    const days = await rowsOf<{ date: string; bank: string; settled: number; entries: number }>(
      `select business_date::text as date, bank_id as bank,
         coalesce(sum(entry_count) filter (where status <> 'AWAITING_STATEMENT'), 0)::int as entries,
         coalesce(sum(entry_count) filter (where status in ('MATCHED', 'SPLIT', 'BATCHED')), 0)::int as settled
       from reconciliation.reconciliation_totals group by 1, 2 order by 1 desc, 2`,
    )
    const shown = await window.page.getByTestId('reconciled-days').locator('tbody tr').allInnerTexts()
    expect(shown.map((text) => text.split(/\s*\t\s*/).slice(0, 3))).toEqual(
      days.map(({ date, bank, settled, entries }) => [
        date,
        bank,
        `${settled.toLocaleString('en')} of ${entries.toLocaleString('en')}`,
      ]),
    )
    await window.screenshot('reconciliation')
  })

  test('a file opens with its rejected lines', async () => {
    const { page } = window
    const [{ reason = 'none' } = {}] = await rowsOf<{ reason: string }>(
      `select reason from reconciliation.rejected_lines join reconciliation.statement_files using (file_id)
       where name = 'late.csv'`,
    )
    await page.getByRole('button', { name: 'late.csv' }).click()
    await page.getByTestId('rejected-lines').getByText(reason).waitFor()
    const refused = page.getByTestId('statement-files').getByRole('row').filter({ hasText: 'note.txt' })
    expect(await refused.innerText()).toContain('refused')
    await window.screenshot('statement-files')
  })

  test('a break opens with its evidence', async () => {
    const { page } = window
    await page.getByRole('combobox', { name: 'Break' }).click()
    await page.getByRole('option', { name: 'Amount mismatch' }).click()
    const [first] = await rowsOf<{ entry_id: string; bank_reference: string }>(
      `select entry_id, bank_reference from reconciliation.reconciliation_index where status = 'AMOUNT_MISMATCH'
       order by business_date, entry_id limit 1`,
    )
    await page.getByRole('button', { name: first?.entry_id ?? 'none' }).click()
    expect(await page.getByTestId('evidence').innerText()).toContain(first?.bank_reference)
    expect(await window.seriousViolations()).toEqual([])
    await window.screenshot('reconciliation-break')
  })

  test('payouts to come are those of the index', async () => {
    const due = await rowsOf<{ date: string; net: string }>(
      `select payout_date::text as date,
         trim(to_char(coalesce(sum(net_usd) filter (where payout_status = 'SCHEDULED'), 0), 'FM$999,999,999,990.00')) as net
       from reconciliation.settlement_index where payout_date >= current_date group by 1 order by 1`,
    )
    const rows = await window.page.getByTestId('payouts').locator('tbody tr').allInnerTexts()
    const shown = rows.map((text) => text.split(/\s*\t\s*/))
    expect(shown.map(([date, , , , , , net]) => ({ date, net }))).toEqual(due)
  })

  test('it fits a small window, and nothing went wrong in it', async () => {
    await window.page.setViewportSize({ width: 360, height: 740 })
    expect(await window.overflow()).toBeLessThanOrEqual(0)
    expect(window.errors).toEqual([])
  })
})
