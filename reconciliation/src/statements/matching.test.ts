import { contractRules } from '../testing/contract-rules.ts'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { filesOf } from '../lake/manifest.ts'
import { type LakeRow } from '../lake/tables.ts'
import { bankOf } from '../rules.ts'
import { ruleTables } from '../sql/parameters.ts'
import { bindViews, runSteps, violationsOf } from '../sql/run-steps.ts'
import { sqlSteps } from '../sql/steps.ts'
import { addTransactions, type TestLake, testLake, transactionRow, uuid } from '../testing/lake.ts'
import { BREAK_KINDS, type FoundEntry, FUZZY_KINDS } from './breaks.ts'
import { FORMATS } from './formats.ts'
import { type BreakLabel, type GeneratedStatements, generateStatements } from './generate.ts'
import { ingestStatement } from './ingest.ts'
import { type KindScore, scoreOf } from './score.ts'

const DATE = '2026-11-19'
const rules = contractRules()
const TYPES = rules.banks.flatMap(({ transaction_types }) => transaction_types)
const CURRENCIES = ['USD', 'EUR', 'GBP'] as const

let open: TestLake[] = []
afterEach(async () => {
  for (const of of open) await of.close()
  open = []
})

/** A day's transactions: all types, three currencies, merchants and accounts with several a day, some not completed. */
function dayOf(count: number, seed: number): LakeRow[] {
  return Array.from({ length: count }, (_, n) => {
    const type = TYPES[n % TYPES.length]!
    const currency = CURRENCIES[(n * 7 + seed) % CURRENCIES.length]!
    const cents = 500 + ((n * 7919 + seed * 104_729) % 500_000)
    const amount = (cents / 100).toFixed(2)
    return transactionRow(n + 1, {
      transaction_type: type,
      status: n % 17 === 0 ? 'DECLINED' : 'COMPLETED',
      merchant_id: ['DEPOSIT', 'WITHDRAWAL', 'TRANSFER', 'WIRE_TRANSFER'].includes(type)
        ? null
        : uuid(0xe000 + (n % 40)),
      account_id: uuid(0xa000 + (n % 60)),
      amount,
      currency,
      amount_usd: currency === 'USD' ? amount : ((cents * 11) / 1000).toFixed(2),
    })
  })
}

/** All slices together. */
async function generated({ lake, db }: TestLake, options: Parameters<typeof generateStatements>[3]) {
  const slices: GeneratedStatements[] = []
  for await (const slice of generateStatements(lake, db, rules, options)) slices.push(slice)
  return {
    statements: slices.flatMap(({ statements }) => statements),
    labels: slices.flatMap(({ labels }) => labels),
    sizes: slices.map(({ transactions }) => transactions),
  }
}

/** Statements of the day, written as files of each bank's format and taken in again, then matched. */
async function reconciled(rows: readonly LakeRow[], share: number, seed: string, sliceTransactions?: number) {
  const at = await testLake()
  open.push(at)
  await addTransactions(at, DATE, rows)
  const { statements, labels } = await generated(at, {
    date: DATE,
    share,
    seed,
    ...(sliceTransactions === undefined ? {} : { sliceTransactions }),
  })
  const files = join(at.folder, '_statements')
  await mkdir(files)
  for (const [n, statement] of statements.entries()) {
    const file = join(files, String(n))
    await writeFile(file, FORMATS[bankOf(rules, statement.bankId).format].write(statement))
    expect(await ingestStatement(at.lake, at.db, rules, file)).toMatchObject({ outcome: 'taken', rejected: [] })
  }
  const snapshot = await at.lake.manifest.latest()
  await bindViews(at.db, {
    ...ruleTables(rules),
    transactions: await at.lake.scan('transactions', filesOf(snapshot, 'transactions')),
    statement_lines: await at.lake.scan('statement_lines', filesOf(snapshot, 'statement_lines')),
    statement_references: await at.lake.scan('statement_references', filesOf(snapshot, 'statement_references')),
  })
  for await (const _ of runSteps(at.db, sqlSteps('match'))) continue
  const entries = await at.db.rows<FoundEntry>(
    `select status, reason, rule, transaction_id, bank_reference from reconciliation_index`,
  )
  return { at, labels, entries, violations: await violationsOf(at.db, sqlSteps('check')) }
}

const exact = (scores: readonly KindScore[]): KindScore[] => scores.filter(({ kind }) => !FUZZY_KINDS.has(kind))

function print(scores: readonly KindScore[]): void {
  const lines = scores.map(
    ({ kind, made, found, invented, precision, recall }) =>
      `${kind.padEnd(22)} made ${made}, found ${found}, invented ${invented}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
}

describe('labelled breaks', () => {
  test('every break with a reference is found and none is invented; both sides balance', async () => {
    const { labels, entries, violations } = await reconciled(dayOf(6_000, 1), 0.05, 'a')
    const scores = scoreOf(labels, entries)
    print(scores)
    for (const score of exact(scores)) {
      expect(score.made, score.kind).toBeGreaterThan(0)
      expect(score, score.kind).toMatchObject({ found: score.made, invented: 0, precision: 1, recall: 1 })
    }
    expect(violations).toEqual([])
  })

  test('without breaks everything is matched', async () => {
    const rows = dayOf(500, 2)
    const { entries } = await reconciled(rows, 0, 'b')
    expect(entries).toHaveLength(rows.filter(({ status }) => status === 'COMPLETED').length)
    expect(new Set(entries.map(({ status }) => status))).toEqual(new Set(['MATCHED']))
  })

  test('the statement of a large day has parts, of which the last one completes it', async () => {
    const at = await testLake()
    open.push(at)
    await addTransactions(
      at,
      DATE,
      Array.from({ length: 8_001 }, (_, n) => transactionRow(n + 1)),
    )
    const options = { date: DATE, share: 0, seed: 'd' }
    for (const sliceTransactions of [3_000, 8_000, 8_001, 50_000]) {
      const { statements, sizes } = await generated(at, { ...options, sliceTransactions })
      expect(Math.max(...sizes)).toBe(Math.min(sliceTransactions, 8_001))
      expect(statements.map(({ lines, isPartial, part }) => [lines.length, isPartial, part])).toEqual([
        [8_000, true, 1],
        [1, false, 2],
      ])
    }
  })

  test('a day that is made in slices is reconciled as one that is made at once', async () => {
    const { labels, violations, entries } = await reconciled(dayOf(1_500, 4), 0.1, 'e', 400)
    expect(violations).toEqual([])
    expect(new Set(labels.map(({ kind }) => kind))).toEqual(new Set(BREAK_KINDS))
    for (const score of exact(scoreOf(labels, entries))) expect(score.recall, score.kind).toBe(1)
  })

  test('whatever is broken, no cent and no row is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 40, max: 200 }),
        fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        fc.integer({ min: 0, max: 1e6 }),
        async (count, share, seed) => {
          const { labels, entries, violations } = await reconciled(dayOf(count, seed), share, String(seed))
          expect(violations).toEqual([])
          for (const score of exact(scoreOf(labels, entries))) expect(score.recall, score.kind).toBe(1)
        },
      ),
      { numRuns: 8 },
    )
  })
})

test('the score tells a break that was missed and one that was invented', () => {
  const label: BreakLabel = { kind: 'LATE_SETTLEMENT', bank_id: 'B', transaction_ids: ['t1'], bank_references: ['l1'] }
  const entry: FoundEntry = {
    status: 'MATCHED',
    reason: null,
    rule: 'REFERENCE',
    transaction_id: 't1',
    bank_reference: 'l1',
  }
  const scoreFor = (found: FoundEntry) => scoreOf([label], [found]).find(({ kind }) => kind === 'LATE_SETTLEMENT')
  expect(scoreFor(entry)).toMatchObject({ found: 0, recall: 0 })
  expect(scoreFor({ ...entry, status: 'LATE_SETTLEMENT' })).toMatchObject({ found: 1, recall: 1, precision: 1 })
  expect(scoreFor({ ...entry, status: 'LATE_SETTLEMENT', transaction_id: 't2' })).toMatchObject({
    found: 0,
    invented: 1,
    precision: 0,
  })
})

test('a wrong balance stops the publication', async () => {
  const { at } = await reconciled(dayOf(200, 3), 0.1, 'c')
  await at.db.run(`update reconciliation_index set external_amount = external_amount + 0.01
    where entry_id = (select min(entry_id) from reconciliation_index where line_count = 1)`)
  await at.db.run(`delete from reconciliation_index
    where entry_id = (select max(entry_id) from reconciliation_index where transaction_id is not null)`)
  const checks = (await violationsOf(at.db, sqlSteps('check'))).map(({ check }) => check)
  expect(new Set(checks)).toEqual(new Set(['external_balance', 'internal_balance']))
})
