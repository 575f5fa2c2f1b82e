import { describe, expect, it } from 'vitest'
import { timeReader } from './times.ts'

const AT = Date.parse('2026-11-20T10:00:00Z')
const DAY = Date.parse('2026-11-20T00:00:00Z')

describe('timeReader', () => {
  it.each([
    ['iso', '2026-11-20T10:00:00Z', AT],
    ['iso', '2026-11-20T10:00Z', AT],
    ['iso', '2026-11-20T12:00:00.5+02:00', AT + 500],
    ['iso', '2026-11-20 04:30:00-05:30', AT],
    ['iso', '2026-11-20 10:00:00+00', AT],
    ['iso', '2026-11-20 12:00:00.123456+02', AT + 123],
    ['iso', '2026-11-20T10:00:00.123456789Z', AT + 123],
    ['iso', '2026-11-20T10:00:00,250Z', AT + 250],
    ['iso', '2026-11-20 10:00:00 +0000', AT],
    ['iso', '2026-11-20 10:00:00.000000 UTC', AT],
    ['iso', '2026-11-20 15:30:00 +0530', AT],
    ['iso', '2026-11-20 12:00:00 +0200 UTC', AT],
    ['iso', '2026/11/20 10:00:00Z', AT],
    ['iso', '1900-01-01 00:00:00+00:17:30', undefined],
    ['utc', '2026-11-20 10:00:00', AT],
    ['utc', '2026-11-20T10:00', AT],
    ['utc', '2026-11-20', DAY],
    ['utc', '2026/11/20 10:00', AT],
    ['utc', '2026-11-20 12:00:00+02', AT],
    ['utc', '2026-11-20 10:00:00.000000001', AT],
    ['epoch_s', '1795168800', AT],
    ['epoch_s', '1795168800.0', AT],
    // 1795168800.123 * 1000 is 1795168800122.9999 as a double.
    ['epoch_s', '1795168800.123', AT + 123],
    ['epoch_s', '1.7951688e9', AT],
    ['epoch_s', '1e+05', 100_000_000],
    ['epoch_ms', '1795168800000', AT],
    ['epoch_us', '1795168800123456', AT + 123],
    ['epoch_ns', '1795168800123456789', AT + 123],
    ['step_h', '10', AT],
    ['step_min', '600', AT],
    ['step_s', '36000.5', AT + 500],
    ['step_d', '0', DAY],
    ['step_s', '3.6e+04', AT],
    ['DD.MM.YYYY', '20.11.2026', DAY],
    ['DD.MM.YY', '20.11.26', DAY],
    ['DD/MM/YYYY HH:mm', '20/11/2026 10:00', AT],
    ['M/D/YYYY h:mm A', '11/20/2026 10:00 am', AT],
    ['M/D/YYYY h:mm A', '11/20/2026 12:00 PM', AT + 2 * 3_600_000],
    ['M/D/YYYY h:mm A', '11/20/2026 12:00 AM', DAY],
    ['DD-MMM-YYYY', '20-Nov-2026', DAY],
    ['YYYYMMDDHHmmss', '20261120100000', AT],
    ['DD.MM.YYYY HH:mm:ss.SSS', '20.11.2026 10:00:00.25', AT + 250],
    ['DD.MM.YYYY HH:mm Z', '20.11.2026 12:00 +02', AT],
    ['YYYY.MM.DD (D)', '2026.11.20 (20)', DAY],
  ] as const)('reads by %s the text %s', (time, text, expected) => {
    const read = timeReader({ time, start: DAY })
    if (expected === undefined) expect(() => read(text)).toThrow('since 1970')
    else expect(read(text)).toBe(expected)
  })

  it.each([
    ['iso', '2026-11-20T10:00:00'],
    ['iso', '2026-11-20'],
    ['iso', '2026-11-20T24:00:00Z'],
    ['iso', '2026-11-20T10:60:00Z'],
    ['iso', '2026-12-31T23:59:60Z'],
    ['iso', '2026-02-30T10:00:00Z'],
    ['iso', '2026-11-20T10:00:00+17'],
    ['iso', '2026-11/20T10:00:00Z'],
    ['iso', '1969-12-31T23:59:59Z'],
    ['utc', '20.11.2026'],
    ['utc', '11/20/2026 10:00'],
    ['utc', '2026-11-20 10:00:00 CEST'],
    ['epoch_s', 'yesterday'],
    ['epoch_s', '0x10'],
    ['epoch_s', '1795168800000'],
    ['epoch_ms', '-5'],
    ['epoch_ms', '99999999999999999999'],
    ['epoch_ms', '1e99'],
    ['step_h', '-1'],
    ['step_h', 'one'],
    ['step_h', '1e+20'],
    ['DD.MM.YYYY', '20.13.2026'],
    ['DD.MM.YYYY', '20.11.2026 10:00'],
    ['DD.MM.YYYY', '2026-11-20'],
    ['M/D/YYYY h:mm A', '11/20/2026 13:00 PM'],
    ['DD-MMM-YYYY', '20-Nox-2026'],
    ['YYYY.MM.DD (D)', '2026.11.20 (21)'],
  ] as const)('refuses by %s the text %s', (time, text) => {
    expect(() => timeReader({ time, start: DAY })(text)).toThrow('created_at')
  })

  it.each(['local', 'HH:mm', 'YYYY-MM', 'YYYY-MM-DD hh:mm', 'YYYY-MM-DD HH:mm A', ''])('knows no form %s', (time) => {
    expect(() => timeReader({ time })).toThrow('no form of a time')
  })

  it('says how to state another form', () => {
    expect(() => timeReader({ time: 'iso' })('2026-11-20 10:00:00')).toThrow('"time": "utc"')
    expect(() => timeReader({ time: 'utc' })('20/11/2026')).toThrow('DD.MM.YYYY')
  })
})
