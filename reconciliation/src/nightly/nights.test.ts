import { contractRules } from '../testing/contract-rules.ts'
import fc from 'fast-check'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '../calendar.ts'
import { FORMATS } from '../statements/formats.ts'
import { ingestStatement } from '../statements/ingest.ts'
import { named, type StatementLine } from '../statements/statement.ts'
import { addTransactions, testLake, type TestLake, uuid } from '../testing/lake.ts'
import { purchase } from '../testing/matching.ts'
import { TestNights } from '../testing/nights.ts'
import { openDays, staleDays } from './days.ts'

const rules = contractRules()
let at: TestLake
let nights: TestNights
beforeEach(async () => {
  at = await testLake()
  nights = new TestNights(at)
})
afterEach(() => at.close())

const line = (n: number, bookingDate: string, changes: Partial<StatementLine> = {}): StatementLine => ({
  lineNumber: n,
  bankReference: `B-${n}`,
  direction: 'DBIT',
  amountMinor: 500,
  currency: 'USD',
  valueDate: bookingDate,
  bookingDate,
  counterparty: '',
  references: [named(uuid(n))],
  unnamedCount: 0,
  ...changes,
})
const add = (day: string, ...ns: number[]) =>
  addTransactions(
    at,
    day,
    ns.map((n) => purchase(n, day, '5.00')),
  )

/** The bank of purchases sends a statement of a day. */
async function statement(date: string, lines: readonly StatementLine[], isPartial = false): Promise<void> {
  const file = join(at.folder, `${date}-${lines.length}-${String(isPartial)}.txt`)
  await writeFile(file, FORMATS.fixed.write({ bankId: 'PAYRAIL', date, lines, isPartial }))
  expect(await ingestStatement(at.lake, at.db, rules, file)).toMatchObject({ outcome: 'taken', rejected: [] })
}
const snapshot = () => at.lake.manifest.latest()
const daysUntil = (from: string, to: string): string[] => {
  const days: string[] = []
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day)
  return days
}

describe('a correction reaches back as far as the matching', () => {
  test.each([
    ['over Easter', '2026-04-02', '2026-04-07', 5],
    ['over Christmas', '2025-12-24', '2025-12-29', 5],
    ['over a weekend', '2026-11-20', '2026-11-23', 3],
    ['as late as it may be', '2026-11-16', '2026-11-23', 7],
  ])('%s', async (_, traded, booked, days) => {
    for (const day of daysUntil(traded, booked)) {
      await add(day, Date.parse(day) / 86_400_000)
      if (day !== booked) {
        await statement(day, [])
        await nights.run(day)
      }
    }
    expect(nights.statusesOf(traded)).toEqual(['MISSING_EXTERNAL'])
    await statement(booked, [line(Date.parse(traded) / 86_400_000, booked)])
    await nights.run(booked)
    expect(nights.published.get(traded)).toMatchObject([{ status: 'LATE_SETTLEMENT', days_to_settle: String(days) }])
  })
})

describe('what waits for its statement is not missing', () => {
  // A Thursday; the Friday, Saturday and Sunday after it, and the Monday.
  const [thursday, friday, saturday, monday] = ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-23'] as const

  test('until the file of its day has come', async () => {
    await add(thursday, 1, 2)
    await nights.run(thursday)
    expect(nights.statusesOf(thursday)).toEqual(['AWAITING_STATEMENT', 'AWAITING_STATEMENT'])
    await statement(thursday, [line(1, thursday)])
    await nights.run(thursday)
    expect(nights.statusesOf(thursday)).toEqual(['MATCHED', 'MISSING_EXTERNAL'])
  })

  test('a part of a day is not all of it', async () => {
    await add(thursday, 1, 2)
    await statement(thursday, [line(1, thursday)], true)
    await nights.run(thursday)
    expect(nights.statusesOf(thursday)).toEqual(['MATCHED', 'AWAITING_STATEMENT'])
  })

  test('a day on which banks do not work waits for the next one’s', async () => {
    await add(friday, 1)
    await add(saturday, 2)
    await add(monday, 3)
    await statement(friday, [line(1, friday)])
    await nights.run(saturday)
    expect(nights.statusesOf(saturday)).toEqual(['AWAITING_STATEMENT'])
    await statement(monday, [line(3, monday)])
    await nights.run(monday)
    expect(nights.statusesOf(saturday)).toEqual(['MISSING_EXTERNAL'])
  })
})

describe('whose turn it is', () => {
  test('every day with transactions that has not been reconciled, the oldest first, up to the last that is over', async () => {
    for (const day of ['2026-11-22', '2026-11-19', '2026-11-20', '2026-11-23']) await add(day, Number(day.slice(-2)))
    expect(openDays(await snapshot(), '2026-11-22')).toEqual(['2026-11-19', '2026-11-20', '2026-11-22'])
    await nights.run('2026-11-20')
    expect(openDays(await snapshot(), '2026-11-23')).toEqual(['2026-11-19', '2026-11-22', '2026-11-23'])
  })

  test('again, when a statement of it has come, or more of its transactions', async () => {
    await add('2026-11-10', 1)
    await add('2026-11-19', 2)
    for (const day of ['2026-11-10', '2026-11-19']) await nights.run(day)
    expect(staleDays(await snapshot(), rules)).toEqual([])
    await statement('2026-11-18', [])
    expect(staleDays(await snapshot(), rules)).toEqual(['2026-11-19'])
    await nights.run('2026-11-19')
    expect(staleDays(await snapshot(), rules)).toEqual([])
    await add('2026-11-10', 3)
    expect(staleDays(await snapshot(), rules)).toEqual(['2026-11-10'])
    await nights.run('2026-11-10')
    expect(staleDays(await snapshot(), rules)).toEqual([])
  })

  test('nights are the same in the end, whatever came when', async () => {
    const days = daysUntil('2026-11-09', '2026-11-16')
    const lags = fc.array(fc.integer({ min: -1, max: 8 }), { minLength: days.length, maxLength: days.length })
    const arrivals = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: days.length, maxLength: days.length })
    await fc.assert(
      fc.asyncProperty(lags, arrivals, async (lag, arrival) => {
        const publishedBy = async (whenOf: (day: number) => number): Promise<[string, string[]][]> => {
          await at.close()
          at = await testLake()
          nights = new TestNights(at)
          for (const [n, day] of days.entries()) await add(day, n + 1)
          // Every other line names nothing, and is found by what it looks like.
          const unnamed = { references: [], counterparty: uuid(0xe0) }
          const lines = days.map((day, n) => line(n + 1, addDays(day, lag[n] ?? 0), n % 2 === 0 ? {} : unnamed))
          // Each round is a day: what has come is taken in, then whoever's turn it is.
          for (let round = 0; round < days.length + 4; round += 1) {
            for (const [n, day] of days.entries()) {
              if (whenOf(n) === round)
                await statement(
                  day,
                  lines.filter(({ bookingDate }) => bookingDate === day),
                )
            }
            const until = days[Math.min(round, days.length - 1)] ?? ''
            const next = async () => [...openDays(await snapshot(), until), ...staleDays(await snapshot(), rules)][0]
            for (let day = await next(); day !== undefined; day = await next()) await nights.run(day)
          }
          return days.map((day) => [day, nights.statusesOf(day)])
        }
        const atOnce = await publishedBy(() => 0)
        expect(await publishedBy((n) => n + (arrival[n] ?? 0))).toEqual(atOnce)
      }),
      { numRuns: 2 },
    )
  }, 120_000)
})

test('no legal amount overflows a sum', async () => {
  const day = '2026-11-19'
  const LARGEST = '9999999999999.99'
  const many = Array.from({ length: 1_200 }, (_, n) => purchase(n + 1, day, LARGEST, { fee_amount: LARGEST }))
  await addTransactions(at, day, many)
  await statement(day, [])
  await nights.run(day, async (db) => {
    const total = '11999999999999988.00'
    expect(await db.rows(`select internal_amount from reconciliation_totals`)).toEqual([{ internal_amount: total }])
    expect(await db.rows(`select volume_usd from merchant_index`)).toEqual([{ volume_usd: total }])
    expect(await db.rows(`select spend_usd from user_spend_index`)).toEqual([{ spend_usd: total }])
    expect(await db.rows(`select gross_usd, fees_usd, net_usd from settlement_index`)).toEqual([
      { gross_usd: total, fees_usd: total, net_usd: '0.00' },
    ])
  })
  expect(new Set(nights.statusesOf(day))).toEqual(new Set(['MISSING_EXTERNAL']))
})

test('a merchant is compared with its days before, as many as the rules say', async () => {
  const date = '2026-11-19'
  const before = rules.merchant_anomaly.days
  for (const [back, amount] of [
    [0, '7.00'],
    [before, '4.00'],
    [before + 1, '400.00'],
  ] as const) {
    await addTransactions(at, addDays(date, -back), [purchase(back + 1, addDays(date, -back), amount)])
  }
  await nights.run(date, async (db) => {
    expect(await db.rows(`select volume_usd, mean_volume_usd_before from merchant_index`)).toEqual([
      { volume_usd: '7.00', mean_volume_usd_before: '4.00' },
    ])
  })
})
