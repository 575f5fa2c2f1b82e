import { expect, test } from 'vitest'
import { daysOf } from './routes.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 23, 59, 59, 999)
const FIRST_DAY = '2026-08-23'

test('without days it is all time; without an end it ends today, in UTC', () => {
  expect(daysOf(undefined, undefined, FIRST_DAY, NOW_MS)).toBeUndefined()
  expect(daysOf('2026-11-18', undefined, FIRST_DAY, NOW_MS)).toEqual({ from: '2026-11-18', to: '2026-11-20' })
  expect(daysOf('2026-11-18', '2026-11-18', FIRST_DAY, NOW_MS)).toEqual({ from: '2026-11-18', to: '2026-11-18' })
  expect(daysOf(FIRST_DAY, '2026-11-20', FIRST_DAY, NOW_MS)).toEqual({ from: FIRST_DAY, to: '2026-11-20' })
})

test.for<[string | undefined, string | undefined, string]>([
  [undefined, '2026-11-18', '/query/from is needed'],
  ['2026-11-18', '2026-11-17', '/query/to is before 2026-11-18'],
  ['2026-11-21', undefined, '/query/to is before 2026-11-21'],
  ['2026-08-22', '2026-11-18', '/query/from is before 2026-08-23'],
  ['2026-09-01', '2027-09-02', '/query/to makes more than 366 days'],
])('from %s to %s: %s', ([from, to, message]) => {
  expect(() => daysOf(from, to, FIRST_DAY, NOW_MS)).toThrow(message)
})
