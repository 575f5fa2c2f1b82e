import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { expect, test } from 'vitest'
import { healthProblems, type PartitionHealth } from './health.ts'

const DATE = '2026-11-19'
const NOON_AFTER_MS = Date.UTC(2026, 10, 20, 12)
const limits = { lagRecordsMax: 10, deadLettersMax: 5 }
const good: PartitionHealth = {
  topic: TRANSACTIONS_TOPIC,
  partition: 0,
  endOffset: 100,
  lakeOffset: 95,
  lakeEventTimeMs: NOON_AFTER_MS,
  processorOffset: 100,
}
const problems = (changes: Partial<PartitionHealth> = {}, nowMs = NOON_AFTER_MS, deadLetters = 5): string =>
  healthProblems(DATE, nowMs, [{ ...good, ...changes }], deadLetters, limits).join('; ')

test('nothing speaks against a day that everything is past', () => {
  expect(problems()).toBe('')
  expect(problems({ lakeOffset: 100, lakeEventTimeMs: null })).toBe('')
})

test.each([
  ['the day is not over', problems({}, Date.UTC(2026, 10, 20, 0, 14)), /is not over before 2026-11-20T00:15/],
  ['the lake is before its end', problems({ lakeEventTimeMs: Date.UTC(2026, 10, 19, 23) }), /not past 2026-11-19/],
  ['the lake has nothing', problems({ lakeOffset: undefined, lakeEventTimeMs: null }), /100 records behind/],
  ['the lake is behind', problems({ lakeOffset: 89 }), /the lake is 11 records behind/],
  ['the processor is behind', problems({ processorOffset: 89 }), /the processor is 11 records behind/],
  ['the processor has never run', problems({ processorOffset: undefined }), /the processor is 100 records behind/],
  ['too much could not be read', problems({}, NOON_AFTER_MS, 6), /6 dead letters/],
])('%s', (_, found, expected) => {
  expect(found).toMatch(expected)
})

test('without a topic there is nothing to reconcile', () => {
  expect(healthProblems(DATE, NOON_AFTER_MS, [], 0, limits)).toHaveLength(1)
})
