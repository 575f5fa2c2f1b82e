import { expect, test } from 'vitest'
import { formatted } from './units.ts'

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
  [0, 'bytes', '0 B'],
  [1_536, 'bytes', '1.5 KiB'],
  [5 * 1_024 ** 3, 'bytes', '5 GiB'],
  [7, 'none', '7'],
  [7, 'unheard of', '7'],
])('%s in %s is %s', (value, unit, text) => {
  expect(formatted(value, unit)).toBe(text)
})
