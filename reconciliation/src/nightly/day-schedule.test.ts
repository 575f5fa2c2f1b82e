import { contractRules } from '../testing/contract-rules.ts'
import { describe, expect, test } from 'vitest'
import { type Snapshot } from '../lake/manifest.ts'
import { DaySchedule } from './day-schedule.ts'

const MINUTE_MS = 60_000
const limits = {
  after: 20 * MINUTE_MS,
  patience: 60 * MINUTE_MS,
  retry: 15 * MINUTE_MS,
  attempts: 3,
  again: 5 * MINUTE_MS,
}
const rules = contractRules()
const at = (time: string): number => Date.parse(`2026-11-${time}Z`)

/** A lake with transactions of days, of which some have been reconciled. */
function lake(days: readonly string[], reconciled: readonly string[] = [], rows = 1): Snapshot {
  return {
    version: 1,
    id: '',
    previousId: '',
    committedAt: '',
    writer: null,
    files: days.map((day) => ({ path: day, table: 'transactions', date: `2026-11-${day}`, rows, bytes: 1 })),
    positions: [],
    counts: {},
    statementFiles: [],
    replaced: [],
    runs: Object.fromEntries(reconciled.map((day) => [`2026-11-${day}`, 'run'])),
    reconciled: Object.fromEntries(reconciled.map((day) => [`2026-11-${day}`, { statementFiles: 0, transactions: 1 }])),
  }
}
const days = (schedule: DaySchedule, snapshot: Snapshot, time: string): string =>
  schedule
    .candidates(snapshot, rules, at(time))
    .map((day) => day.slice(-2))
    .join(' ')

describe('the next day', () => {
  test('after any absence each day that is over, the oldest first', () => {
    const schedule = new DaySchedule(limits)
    const snapshot = lake(['23', '20', '21', '22', '24'], ['20'])
    expect(days(schedule, snapshot, '24T00:19:59')).toBe('21 22')
    expect(days(schedule, snapshot, '24T00:20:00')).toBe('21 22 23')
  })

  test('a day that fails is tried again later, and does not hold up the next one', () => {
    const schedule = new DaySchedule(limits)
    const snapshot = lake(['20', '21'])
    expect(days(schedule, snapshot, '22T01:00:00')).toBe('20 21')
    schedule.begin('2026-11-20', at('22T01:00:00'))
    expect(days(schedule, snapshot, '22T01:14:59')).toBe('21')
    expect(days(schedule, snapshot, '22T01:15:00')).toBe('20 21')
  })

  test('one that fails as often as it may rests until the next day is over', () => {
    const schedule = new DaySchedule(limits)
    const snapshot = lake(['20', '21'])
    for (let n = 0; n < limits.attempts; n += 1) {
      expect(days(schedule, snapshot, '22T06:00:00')).toContain('20')
      schedule.begin('2026-11-20', at('22T05:00:00'))
    }
    expect(days(schedule, snapshot, '22T23:00:00')).toBe('21')
    expect(days(schedule, snapshot, '23T00:20:00')).toBe('20 21')
  })

  test('days that had more since come after the others, and not one right after the other', () => {
    const schedule = new DaySchedule(limits)
    const more = lake(['18', '19', '20'], ['18', '19'], 2)
    expect(days(schedule, more, '21T01:00:00')).toBe('20 19 18')
    schedule.begin('2026-11-20', at('21T01:00:00'))
    schedule.end('2026-11-20', at('21T01:00:00'))
    const then = lake(['18', '19'], ['18', '19'], 2)
    expect(days(schedule, then, '21T01:00:01')).toBe('19 18')
    schedule.begin('2026-11-19', at('21T01:00:01'))
    schedule.end('2026-11-19', at('21T01:00:02'))
    expect(days(schedule, lake(['18'], ['18'], 2), '21T01:05:01')).toBe('')
    expect(days(schedule, lake(['18'], ['18'], 2), '21T01:05:02')).toBe('18')
  })
})

test('a day is patient for so long from when it was seen first', () => {
  const schedule = new DaySchedule(limits)
  days(schedule, lake(['20']), '21T01:00:00')
  expect(schedule.isPatient('2026-11-20', at('21T01:59:59'))).toBe(true)
  expect(schedule.isPatient('2026-11-20', at('21T02:00:00'))).toBe(false)
})
