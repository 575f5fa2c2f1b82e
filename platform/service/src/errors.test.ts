import { expect, it } from 'vitest'
import { assert, must, OperatingError, reasonOf, unreachable } from './errors.ts'

it.each([
  ['postgres_unreachable', true],
  ['postgres_refused', false],
  ['kafka_unreachable', true],
  ['kafka_refused', false],
] as const)('%s says whether trying again can help: %s', (code, canRetry) => {
  expect(new OperatingError(code, 'a sentence').canRetry).toBe(canRetry)
})

it('what cannot be missing is given back, also where it is empty', () => {
  expect(must(0)).toBe(0)
  expect(must('')).toBe('')
})

it.each([null, undefined])('a bug is named: %s', (nothing) => {
  expect(() => must(nothing, 'the leader of t/0')).toThrow('missing: the leader of t/0')
  expect(() => assert(nothing !== nothing, 'a batch has records')).toThrow('a batch has records')
  expect(() => unreachable(nothing as never)).toThrow('a case that cannot be')
})

it.each([
  [new Error('a'), 'a'],
  [new Error('Connection failed.', { cause: new Error('ECONNREFUSED') }), 'Connection failed: ECONNREFUSED'],
  [new Error('it failed: x', { cause: new Error('x') }), 'it failed: x'],
  [new AggregateError([new Error('b'), new Error('c'), new Error('b')], ''), 'b; c'],
  [new AggregateError([new Error('b', { cause: new Error('d') })], 'none answers'), 'none answers: b: d'],
  [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['text', 'text'],
])('the reason of %s', (error, reason) => {
  expect(reasonOf(error)).toBe(reason)
})
