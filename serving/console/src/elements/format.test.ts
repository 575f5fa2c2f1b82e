import { expect, test } from 'vitest'
import { decimal, formatted, inWords, money, objectOf, time, usd, words } from './format.ts'

test.each([
  [null, 'short', '–'],
  [1_234.567, 'short', '1,234.57'],
  [1_234_567, 'short', '1.23M'],
  [9.5, 'currencyUSD', '$9.50'],
  [1_234_567, 'currencyUSD', '$1.23M'],
  [0.1234, 'percentunit', '12.3%'],
  [0.25, 's', '250 ms'],
  [3_905, 's', '1 h 5 min'],
  [42, 'ms', '42 ms'],
  [12.5, 'cps', '12.5/s'],
  [4.216_666_666_666_667, 'cps', '4.22/s'],
  [0, 'bytes', '0 B'],
  [1_536, 'bytes', '1.5 KiB'],
  [5 * 1_024 ** 3, 'bytes', '5 GiB'],
  [987_654_321, 'binBps', '942 MiB/s'],
  [1_234_567, 'count', '1,234,567'],
  [7, 'none', '7'],
  [7, 'unheard of', '7'],
  [7, 'toString', '7'],
])('%s in %s is %s', (value, unit, text) => {
  expect(formatted(value, unit)).toBe(text)
})

test('money is shown with all of its digits, whatever the sum', () => {
  expect(usd('90071992547409931.01')).toBe('$90,071,992,547,409,931.01')
  expect(money('-12.5', 'EUR')).toBe('-12.50 EUR')
  expect(decimal('90071992547409931')).toBe('90,071,992,547,409,931')
  expect([usd(null), money(null, 'EUR')]).toEqual(['–', '–'])
})

test('a moment is written so that nobody takes the day for the month', () => {
  expect(time('2026-12-01T04:42:06.789Z')).toBe('2026-12-01 04:42:06')
})

test('names become words', () => {
  expect(['HIGH_AMOUNT', 'mean_factor', 'minAgeMinutes'].map(words)).toEqual([
    'High amount',
    'Mean factor',
    'Min age minutes',
  ])
})

test('evidence is words and numbers of two digits, lists and distributions by their first entries', () => {
  expect(inWords(196.633_333_333_333_34)).toBe('196.63')
  expect([true, null, undefined, 'PT', [], {}].map(inWords)).toEqual(['yes', 'none', 'none', 'PT', 'none', 'none'])
  expect(inWords(objectOf('{"mean": "344.37", "limit": 5990.049751654381, "n60": 3}'))).toBe(
    'Mean 344.37, Limit 5,990.05, N60 3',
  )
  expect(['3', '[1]', 'null', '"{}"', '{'].map(objectOf)).toEqual(Array.from({ length: 5 }, () => undefined))
  expect(['6002285.10', '2026.1', '-0.50'].map(inWords)).toEqual(['6,002,285.10', '2026.1', '-0.50'])
  expect(inWords({ MOBILE: 3, WEB: 0.1 + 0.2 })).toBe('Mobile 3, Web 0.3')
  expect(inWords(Array.from({ length: 10 }, (_, at) => at))).toBe('0, 1, 2, 3, 4, 5, 6, 7 and 2 more')
})
