import { contractRules } from '../testing/contract-rules.ts'
import { describe, expect, test } from 'vitest'
import { type StatementFile } from '../lake/manifest.ts'
import { loadHolidays, type Rules } from '../rules.ts'
import { StatementCoverage } from './coverage.ts'

const [bank] = contractRules().banks
const one = { ...(bank ?? expect.fail('the rules have no bank')), id: 'ONE' }
const rules: Rules = {
  ...contractRules(),
  banks: [one, { ...one, id: 'TWO', statements_per_day: 2 }],
  statements: { due_hour: 9 },
}

const file = (changes: Partial<StatementFile>): StatementFile => ({
  sha256: 'x',
  name: 'x',
  bankId: 'ONE',
  date: '2026-11-19',
  lines: 1,
  rejected: 0,
  known: 0,
  unbooked: 0,
  statements: [],
  problem: null,
  isRefused: false,
  ingestedAt: '',
  ...changes,
})
const of = (bankId: string, from: string, to = from, changes = {}) =>
  file({ bankId, statements: [{ bankId, account: 'A', from, to, isIncomplete: false, ...changes }] })
const coverage = (...statementFiles: StatementFile[]) =>
  new StatementCoverage({ statementFiles }, rules, loadHolidays())
/** The days for which the first bank's statement is awaited. */
const awaited = (from: string, to: string, ...files: StatementFile[]): string[] =>
  coverage(...files)
    .awaited(from, to)
    .filter(({ bankId }) => bankId === 'ONE')
    .map(({ day }) => day.slice(5))

describe('a day of a bank waits', () => {
  test.each([
    ['for its statement', [], ['11-18', '11-19', '11-20', '11-21', '11-22', '11-23']],
    ['no more when it has come', [of('ONE', '2026-11-18')], ['11-19', '11-20', '11-21', '11-22', '11-23']],
    ['for another bank’s in vain', [of('TWO', '2026-11-18')], ['11-18', '11-19', '11-20', '11-21', '11-22', '11-23']],
    ['no more when one of several days has', [of('ONE', '2026-11-01', '2026-11-22')], ['11-23']],
    ['for Monday’s on a weekend', [of('ONE', '2026-11-18', '2026-11-20')], ['11-21', '11-22', '11-23']],
    [
      'no more on a weekend when Monday’s has come',
      [of('ONE', '2026-11-18', '2026-11-20'), of('ONE', '2026-11-23')],
      [],
    ],
    ['no more on a Saturday that has one of its own', [of('ONE', '2026-11-18', '2026-11-21')], ['11-22', '11-23']],
    [
      'for the rest of one that is not whole',
      [of('ONE', '2026-11-18', '2026-11-23', { isIncomplete: true })],
      ['11-18', '11-19', '11-20', '11-21', '11-22', '11-23'],
    ],
    ['for one that was refused', [file({ isRefused: true })], ['11-18', '11-19', '11-20', '11-21', '11-22', '11-23']],
    ['no more for one that an earlier version took', [file({})], ['11-18', '11-20', '11-21', '11-22', '11-23']],
  ])('%s', (_, files, expected) => {
    expect(awaited('2026-11-18', '2026-11-23', ...files)).toEqual(expected)
  })

  test('over holidays for the first day after them', () => {
    expect(awaited('2026-04-02', '2026-04-07', of('ONE', '2026-04-02'))).toEqual([
      '04-03',
      '04-04',
      '04-05',
      '04-06',
      '04-07',
    ])
    expect(awaited('2026-04-02', '2026-04-07', of('ONE', '2026-04-02'), of('ONE', '2026-04-07'))).toEqual([])
  })

  test('for the statements of all its accounts', () => {
    const second = of('TWO', '2026-11-18', '2026-11-18', { account: 'B' })
    const isAwaited = (...files: StatementFile[]): boolean =>
      coverage(...files)
        .awaited('2026-11-18', '2026-11-18')
        .some(({ bankId }) => bankId === 'TWO')
    expect(isAwaited(of('TWO', '2026-11-18'))).toBe(true)
    expect(isAwaited(of('TWO', '2026-11-18'), of('TWO', '2026-11-18'))).toBe(true)
    expect(isAwaited(of('TWO', '2026-11-18'), second)).toBe(false)
  })
})

test.each([
  ['2026-11-20T08:59:59Z', ''],
  ['2026-11-20T09:00:00Z', '2026-11-19'],
  // Friday's is due on Monday; a Saturday has none.
  ['2026-11-23T08:59:59Z', '2026-11-19'],
  ['2026-11-23T09:00:00Z', '2026-11-19 2026-11-20'],
  ['2026-11-24T09:00:00Z', '2026-11-19 2026-11-20 2026-11-23'],
])('at %s late are those of: %s', (now, expected) => {
  const late = coverage()
    .late('2026-11-19', '2026-11-23', Date.parse(now))
    .filter(({ bankId }) => bankId === 'ONE')
  expect(late.map(({ day }) => day).join(' ')).toBe(expected)
})
