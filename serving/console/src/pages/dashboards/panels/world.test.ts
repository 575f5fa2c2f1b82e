import { expect, test } from 'vitest'
import { countryName, coordinatesOf } from './world.ts'

test.each([
  ['US', -100, 40],
  ['GB', -2, 53],
  ['DE', 10, 51],
  ['FR', 2, 47],
  ['ES', -4, 40],
  ['IT', 12, 43],
  ['NL', 5, 52],
  ['CH', 8, 47],
  ['CA', -100, 60],
  ['AU', 134, -25],
  ['SG', 104, 1],
  ['VN', 106, 16],
  ['AE', 54, 24],
  ['TR', 35, 39],
  ['CD', 23, -3],
])('%s lies near %i, %i', (code, longitude, latitude) => {
  const [x, y] = coordinatesOf(code) ?? []
  expect(Math.abs((x ?? NaN) - longitude)).toBeLessThan(8)
  expect(Math.abs((y ?? NaN) - latitude)).toBeLessThan(8)
})

test('what is no country has no place', () => {
  expect(coordinatesOf('??')).toBeUndefined()
  expect(countryName('??')).toBe('??')
  expect(coordinatesOf('XX')).toBeUndefined()
})
