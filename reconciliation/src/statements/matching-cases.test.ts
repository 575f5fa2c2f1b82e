import { contractRules } from '../testing/contract-rules.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays } from '../calendar.ts'
import { uuid } from '../testing/lake.ts'
import { bankLine, matched, type MatchedEntry, type MatchingInputs, naming, purchase } from '../testing/matching.ts'

const DAY = '2026-11-19'
const day = (n: number): string => addDays('2026-11-01', n)

async function balanced(inputs: MatchingInputs): Promise<MatchedEntry[]> {
  const { entries, violations } = await matched(inputs)
  expect(violations).toEqual([])
  return entries
}
/** Each entry in short: status, ours, theirs. */
const short = (entries: readonly MatchedEntry[]): string[] =>
  entries.map(
    ({ status, internal_amount: ours, external_amount: theirs }) => `${status} ${ours ?? '-'} ${theirs ?? '-'}`,
  )

describe('the same price every day without a reference', () => {
  test('pairs by its date; one line that never came shifts nobody', async () => {
    const transactions = [4, 9, 10, 11].map((n) => purchase(n, day(n), '9.99'))
    const entries = await balanced({ transactions, lines: [9, 10, 11].map((n) => bankLine(n, day(n), '9.99')) })
    expect(entries.map(({ status, line_id, confidence }) => [status, line_id, confidence])).toEqual([
      ['MISSING_EXTERNAL', null, '1.00'],
      ['MATCHED', 'L9', '0.95'],
      ['MATCHED', 'L10', '0.95'],
      ['MATCHED', 'L11', '0.95'],
    ])
  })

  test('a line of nobody shifts nobody', async () => {
    const transactions = [9, 10].map((n) => purchase(n, day(n), '9.99'))
    const entries = await balanced({ transactions, lines: [8, 9, 10].map((n) => bankLine(n, day(n), '9.99')) })
    expect(entries.map(({ status, line_id }) => [status, line_id])).toEqual([
      ['MATCHED', 'L9'],
      ['MATCHED', 'L10'],
      ['MISSING_INTERNAL', 'L8'],
    ])
  })

  test('what is booked later goes with the nearest that is left', async () => {
    const transactions = [purchase(1, day(1), '9.99'), purchase(2, day(2), '9.99')]
    const lines = [bankLine(1, day(2), '9.99'), bankLine(2, day(4), '9.99')]
    const entries = await balanced({ transactions, lines })
    expect(entries.map(({ status, line_id, confidence }) => [status, line_id, confidence])).toEqual([
      ['LATE_SETTLEMENT', 'L2', '0.70'],
      ['MATCHED', 'L1', '0.95'],
    ])
  })

  test('several on a day are alike', async () => {
    const transactions = [1, 2].map((n) => purchase(n, DAY, '9.99'))
    const entries = await balanced({ transactions, lines: [1, 2].map((n) => bankLine(n, DAY, '9.99')) })
    expect(entries.map(({ status, confidence }) => [status, confidence])).toEqual([
      ['MATCHED', '0.70'],
      ['MATCHED', '0.70'],
    ])
  })

  test('no pair is nearer than those that were made, and as many are made whatever was before', async () => {
    const days = fc.array(fc.integer({ min: 5, max: 14 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(days, days, async (ours, theirs) => {
        const transactions = ours.map((n, at) => purchase(at + 1, day(n), '9.99'))
        const lines = theirs.map((n, at) => bankLine(at + 1, day(n), '9.99'))
        const paired = (entries: readonly MatchedEntry[]) =>
          entries.filter(({ transaction_id, line_id }) => transaction_id !== null && line_id !== null)
        const entries = paired(await balanced({ transactions, lines }))
        // Of a day's transactions and lines as many as there are of both are each other's.
        const sameDay = (n: number): number =>
          Math.min(ours.filter((at) => at === n).length, theirs.filter((at) => at === n).length)
        const expected = [...new Set(ours)].reduce((sum, n) => sum + sameDay(n), 0)
        expect(entries.filter(({ status }) => status === 'MATCHED')).toHaveLength(expected)
        // One of long ago, as a night that looks back further would read it.
        const before = purchase(99, day(0), '9.99')
        expect(paired(await balanced({ transactions: [...transactions, before], lines })).length).toBe(entries.length)
      }),
      { numRuns: 12 },
    )
  })
})

describe('a batch that is named in part', () => {
  const batch = (amount: string, count: number, changes = {}) => [
    bankLine(1, DAY, amount, { reference_count: count, ...changes }),
  ]
  const names = (...of: readonly (readonly [number | null, string | null])[]) =>
    of.map(([n, amount]) => ({
      line_id: 'L1',
      bank_id: 'PAYRAIL',
      transaction_id: n === null ? null : uuid(n),
      amount,
    }))
  const two = [purchase(1, DAY, '20.00'), purchase(2, DAY, '30.00')]

  test.each([
    [
      'the rest is found by what it looks like',
      two,
      batch('50.00', 2),
      names([1, null]),
      ['BATCHED 20.00 20.00', 'MATCHED 30.00 30.00'],
    ],
    [
      'the bank says the parts',
      two,
      batch('50.00', 2),
      names([1, '20.00']),
      ['BATCHED 20.00 20.00', 'MATCHED 30.00 30.00'],
    ],
    [
      'the rest is of nobody',
      two.slice(0, 1),
      batch('50.00', 2),
      names([1, null]),
      ['BATCHED 20.00 20.00', 'MISSING_INTERNAL - 30.00'],
    ],
    [
      'a part is wrong',
      two,
      batch('51.00', 2),
      names([1, '21.00']),
      ['AMOUNT_MISMATCH 20.00 21.00', 'MATCHED 30.00 30.00'],
    ],
    // What is said to be somebody else's is not guessed at.
    [
      'the rest is somebody else’s',
      two,
      batch('50.00', 2),
      names([1, null], [null, null]),
      ['BATCHED 20.00 20.00', 'MISSING_EXTERNAL 30.00 -', 'MISSING_INTERNAL - 30.00'],
    ],
    [
      'it names one that we do not have',
      two.slice(0, 1),
      batch('50.00', 2),
      names([1, null], [9, null]),
      ['BATCHED 20.00 20.00', 'MISSING_INTERNAL - 30.00'],
    ],
    [
      'it names all',
      two,
      batch('50.00', 2),
      names([1, null], [2, null]),
      ['BATCHED 20.00 20.00', 'BATCHED 30.00 30.00'],
    ],
    [
      'it names all, and is off',
      two,
      batch('50.01', 2),
      names([1, null], [2, null]),
      ['AMOUNT_MISMATCH 20.00 20.01', 'BATCHED 30.00 30.00'],
    ],
    [
      'it is less than what it names',
      two,
      batch('15.00', 3),
      names([1, null]),
      ['AMOUNT_MISMATCH 20.00 15.00', 'MISSING_EXTERNAL 30.00 -'],
    ],
    [
      'it names none of ours',
      two.slice(0, 1),
      batch('50.00', 2),
      names([null, null]),
      ['MISSING_EXTERNAL 20.00 -', 'MISSING_INTERNAL - 50.00'],
    ],
  ])('%s', async (_, transactions, lines, references, expected) => {
    expect(short(await balanced({ transactions, lines, references }))).toEqual(expected)
  })
})

describe('a line that names nothing of ours', () => {
  test('is missing on our side and is never guessed at', async () => {
    const entries = await balanced({
      transactions: [purchase(1, DAY, '5.00')],
      lines: [
        bankLine(1, DAY, '5.00', { reference_count: 1 }),
        bankLine(2, DAY, '1234.50', { counterparty: 'Bank fee' }),
      ],
    })
    expect(short(entries)).toEqual(['MISSING_EXTERNAL 5.00 -', 'MISSING_INTERNAL - 5.00', 'MISSING_INTERNAL - 1234.50'])
  })

  test('is a reversal where it names one of ours that went the other way', async () => {
    const entries = await balanced({
      transactions: [purchase(1, DAY, '5.00')],
      lines: [
        bankLine(1, DAY, '5.00', naming(1)),
        bankLine(2, DAY, '5.00', { ...naming(1), direction: 'CRDT' }),
        bankLine(3, DAY, '7.00', naming(9)),
      ],
    })
    expect(entries.map(({ status, reason }) => [status, reason])).toEqual([
      ['MATCHED', null],
      ['MISSING_INTERNAL', 'REVERSAL'],
      ['MISSING_INTERNAL', null],
    ])
  })
})

test('both sides are shown of what is settled later than a night looks back', async () => {
  const reach = contractRules().matching.settles_within_days
  const settled = async (days: number): Promise<string[]> =>
    short(
      await balanced({
        transactions: [purchase(1, day(2), '5.00')],
        lines: [bankLine(1, addDays(day(2), days), '5.00', naming(1))],
      }),
    )
  expect(await settled(reach)).toEqual(['LATE_SETTLEMENT 5.00 5.00'])
  expect(await settled(-reach)).toEqual(['MATCHED 5.00 5.00'])
  for (const days of [reach + 1, -reach - 1]) {
    expect(await settled(days)).toEqual(['MISSING_EXTERNAL 5.00 -', 'MISSING_INTERNAL - 5.00'])
  }
})

test('a payment waits where its bank’s statement has not come, and nowhere else', async () => {
  const transactions = [
    purchase(1, day(1), '5.00'),
    purchase(2, day(2), '6.00'),
    purchase(3, day(2), '7.00', { transaction_type: 'DEPOSIT', merchant_id: null }),
    purchase(4, day(2), '8.00'),
  ]
  const entries = await balanced({
    transactions,
    lines: [bankLine(1, day(2), '8.00', naming(4))],
    awaited: [{ bankId: 'PAYRAIL', day: day(2) }],
  })
  expect(short(entries)).toEqual([
    'MISSING_EXTERNAL 5.00 -',
    'AWAITING_STATEMENT 6.00 -',
    'MISSING_EXTERNAL 7.00 -',
    'MATCHED 8.00 8.00',
  ])
})

test('a purchase without a merchant is settled with its account', async () => {
  const transactions = [purchase(1, DAY, '5.00', { merchant_id: null, account_id: uuid(0xa7) })]
  expect(
    short(await balanced({ transactions, lines: [bankLine(1, DAY, '5.00', { counterparty: uuid(0xa7) })] })),
  ).toEqual(['MATCHED 5.00 5.00'])
})
