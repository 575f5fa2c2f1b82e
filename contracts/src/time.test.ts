import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatInstant, InstantError, parseInstant, utcHour } from './time.ts'

const instant = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})

describe('event times', () => {
  it('are written as JavaScript writes them', () => {
    fc.assert(
      fc.property(instant, (date) => {
        expect(formatInstant(date.getTime())).toBe(date.toISOString())
      }),
    )
  })

  it('are read back', () => {
    fc.assert(
      fc.property(instant, (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime())
      }),
    )
  })

  it.each([
    ['2026-11-20T13:31:00Z', 0],
    ['2026-11-20T13:31:00.5Z', 500],
    ['2026-11-20T13:31:00.123999999Z', 123],
  ])('may have any fraction of a second: %s', (text, ms) => {
    expect(parseInstant(text)).toBe(Date.UTC(2026, 10, 20, 13, 31) + ms)
  })

  it.each([
    '2026-11-20T13:31:00',
    '2026-11-20T13:31:00+00:00',
    '2026-11-20 13:31:00Z',
    '2026-02-29T13:31:00Z',
    '2026-13-01T13:31:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T13:60:00Z',
    '2026-11-20T13:31:60Z',
    '2026-11-20T13:31:00.Z',
    '2026-11-20T13:31:00.1234567890Z',
    '',
  ])('are refused in any other form: %s', (text) => {
    expect(() => parseInstant(text)).toThrow(InstantError)
  })
})

it('the hour of the day is UTC', () => {
  expect(utcHour(Date.UTC(2026, 10, 20, 23, 59, 59, 999))).toBe(23)
  expect(utcHour(Date.UTC(1969, 11, 31, 1))).toBe(1)
})
