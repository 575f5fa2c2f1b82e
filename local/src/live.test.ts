import { expect, test } from 'vitest'
import { isOver } from './live.ts'

const DURATION_MS = 30_000

test.each([
  ['its time is not over', { elapsedMs: 29_999, liveMs: 29_000, stillMs: 0 }, false],
  ['it has seen live transactions', { elapsedMs: 30_000, liveMs: 15_000, stillMs: 5_000 }, true],
  ['it has seen few', { elapsedMs: 30_000, liveMs: 14_999, stillMs: 0 }, false],
  ['the history is on its way, and moves', { elapsedMs: 150_000, liveMs: undefined, stillMs: 59_999 }, false],
  [
    'a partition is stuck: nothing has come out for a minute',
    { elapsedMs: 61_000, liveMs: undefined, stillMs: 60_000 },
    true,
  ],
  ['a partition is stuck before its time is over', { elapsedMs: 29_000, liveMs: undefined, stillMs: 29_000 }, false],
  [
    'the history takes three minutes longer than the run was to last',
    { elapsedMs: 210_000, liveMs: undefined, stillMs: 0 },
    true,
  ],
])('a run with an end: %s', (_, run, over) => {
  expect(isOver(DURATION_MS, run)).toBe(over)
})
