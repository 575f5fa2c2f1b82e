import { expect, test } from 'vitest'
import type { Payout, Total } from './rows.ts'
import { aging, bankDays, decimal, minor, payoutDays } from './summary.ts'

const total = (changes: Partial<Total>): Total => ({
  business_date: '2026-11-19',
  bank_id: 'NORTHBANK',
  currency: 'EUR',
  status: 'MATCHED',
  entry_count: 10,
  difference: '0.00',
  ...changes,
})

test.each([
  ['0.00', 0n],
  ['12.5', 1_250n],
  ['-0.07', -7n],
  ['90071992547409931.01', 9_007_199_254_740_993_101n],
])('%s in hundredths and back', (text, value) => {
  expect(minor(text)).toBe(value)
  expect(minor(decimal(value))).toBe(value)
})

test('a day of a bank: what is settled, what is not, and by how much the sides differ', () => {
  const days = bankDays([
    total({}),
    total({ status: 'SPLIT', entry_count: 2 }),
    total({ status: 'MISSING_EXTERNAL', entry_count: 3, difference: '-30.10' }),
    total({ status: 'AMOUNT_MISMATCH', entry_count: 1, currency: 'USD', difference: '0.40' }),
    total({ status: 'DUPLICATE_EXTERNAL', entry_count: 1, currency: 'USD', difference: '-0.40' }),
    total({ status: 'AWAITING_STATEMENT', entry_count: 40 }),
    total({ business_date: '2026-11-20', bank_id: 'PAYRAIL' }),
  ])
  expect(days.map(({ date, bank }) => `${date} ${bank}`)).toEqual(['2026-11-20 PAYRAIL', '2026-11-19 NORTHBANK'])
  expect(days[1]).toMatchObject({
    entries: 17,
    awaited: 40,
    settled: 12,
    breaks: { MISSING_EXTERNAL: 3, AMOUNT_MISMATCH: 1, DUPLICATE_EXTERNAL: 1, MISSING_INTERNAL: 0, LATE_SETTLEMENT: 0 },
    differences: [{ currency: 'EUR', amount: '-30.10' }],
  })
})

test('breaks by their age', () => {
  const missing = (business_date: string, entry_count: number) =>
    total({ business_date, entry_count, status: 'MISSING_INTERNAL' })
  const days = ['2026-11-20', '2026-11-19', '2026-11-18', '2026-11-16', '2026-11-13', '2026-11-12', '2026-10-20']
  const rows = aging([...days.map((day, at) => missing(day, 10 ** at)), total({})], '2026-11-20')
  expect(rows.find(({ status }) => status === 'MISSING_INTERNAL')?.counts).toEqual([11, 100, 11_000, 1_100_000])
  expect(rows.find(({ status }) => status === 'LATE_SETTLEMENT')?.counts).toEqual([0, 0, 0, 0])
})

test('what is paid out when, without what is held', () => {
  const payout = (changes: Partial<Payout>): Payout => ({
    merchant_id: 'a',
    payout_date: '2026-11-23',
    gross_usd: '100.00',
    refunds_usd: '10.00',
    chargebacks_usd: '0.00',
    fees_usd: '1.00',
    net_usd: '89.00',
    payout_status: 'SCHEDULED',
    ...changes,
  })
  const held = { merchant_id: 'c', gross_usd: '1.00', net_usd: '-10.00', payout_status: 'HELD' } as const
  expect(
    payoutDays([payout({ payout_date: '2026-11-24' }), payout({}), payout({ merchant_id: 'b' }), payout(held)]),
  ).toEqual([
    {
      date: '2026-11-23',
      merchants: 2,
      gross: '201.00',
      refunds: '30.00',
      chargebacks: '0.00',
      fees: '3.00',
      net: '178.00',
      held: 1,
    },
    expect.objectContaining({ date: '2026-11-24', merchants: 1, net: '89.00', held: 0 }),
  ])
})
