import { days, hours, minutes, seconds } from '@fintech-streams/contracts'
import { describe, expect, it } from 'vitest'
import { FileTimes } from './file-times.ts'

const NOW = Date.parse('2026-11-30T12:00:00Z')
const YEAR = days(365)

function times(...atMs: number[]): FileTimes {
  const found = new FileTimes(minutes(15), NOW)
  for (const at of atMs) found.add(at)
  return found
}

/** A line a minute that ends at a time. */
const dense = (lines: number, endMs: number) => Array.from({ length: lines }, (_, n) => endMs - minutes(lines - 1 - n))

describe('the last time of a file', () => {
  const wrong = (file: FileTimes, at: number) => file.judge().outliers.reasonFor(at)

  it('leaves out a wrong year, in the future or in the past', () => {
    const end = NOW - days(10)
    for (const wrongMs of [end + 36 * YEAR, end + YEAR, end + YEAR - days(200), end - YEAR, end - 100 * days(100)]) {
      const file = times(end - seconds(10), wrongMs, end - seconds(5), end)
      expect(file.judge().newestMs).toBe(end)
      expect(wrong(file, wrongMs)).toContain('a wrong year?')
      expect(wrong(file, end)).toBeUndefined()
    }
  })

  it('leaves out several wrong years, each another one', () => {
    const end = NOW - days(1)
    const file = times(...dense(1_000, end), end + YEAR, end + 50 * YEAR, end - 20 * YEAR)
    expect(file.judge().newestMs).toBe(end)
    for (const at of [end + YEAR, end + 50 * YEAR, end - 20 * YEAR]) expect(wrong(file, at)).toBeDefined()
  })

  it('leaves out a future, however many lines it has, where the others are past', () => {
    const file = times(...dense(30, NOW - days(1)), ...dense(29, NOW + YEAR))
    expect(file.judge().newestMs).toBe(NOW - days(1))
    expect(wrong(times(NOW - days(1), NOW + YEAR), NOW + YEAR)).toBeDefined()
  })

  it('takes a file that is wholly in the future, with its wrong year left out', () => {
    const end = NOW + days(300)
    const file = times(...dense(50, end), end + 36 * YEAR)
    expect(file.judge().newestMs).toBe(end)
    expect(wrong(file, end)).toBeUndefined()
  })

  it('takes sparse files and ones with a long pause as they are', () => {
    const yearly = times(...[3, 2, 1, 0].map((n) => NOW - n * YEAR))
    expect(yearly.judge().newestMs).toBe(NOW)
    expect(wrong(yearly, NOW - 3 * YEAR)).toBeUndefined()
    const asleep = times(...dense(100, NOW - YEAR), ...dense(30, NOW))
    expect(asleep.judge().newestMs).toBe(NOW)
    expect(wrong(asleep, NOW)).toBeUndefined()
    const monthly = times(...[9, 8, 7, 6, 5, 0].map((n) => NOW - n * days(30)))
    expect(wrong(monthly, NOW)).toBeUndefined()
  })

  it('is none for a file without times', () => {
    expect(times().judge().newestMs).toBe(-Infinity)
  })
})

describe('lines that a stream takes for late', () => {
  it('are those behind its horizon', () => {
    const file = times(...dense(60, NOW))
    expect(file.lateFor(NOW)).toEqual({ old: 44, disordered: 0 })
    expect(file.lateFor(NOW + hours(1))).toEqual({ old: 60, disordered: 0 })
    expect(file.lateFor(-Infinity)).toEqual({ old: 0, disordered: 0 })
  })

  it('are those behind an earlier line, each counted once', () => {
    const file = times(...dense(60, NOW).toReversed())
    expect(file.lateFor(-Infinity)).toEqual({ old: 0, disordered: 44 })
    expect(file.lateFor(NOW)).toEqual({ old: 44, disordered: 0 })
  })

  it('are not those after a line in the future, which is refused', () => {
    expect(times(NOW + YEAR, ...dense(10, NOW)).lateFor(-Infinity)).toEqual({ old: 0, disordered: 0 })
  })
})
