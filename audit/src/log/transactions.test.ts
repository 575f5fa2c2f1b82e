import { expect, test } from 'vitest'
import { CommittedView, type LogBatch } from './transactions.ts'

const data = (producer: number, ...records: string[]): LogBatch<string> => ({
  producerId: BigInt(producer),
  isTransactional: true,
  marker: 'none',
  records,
})
const plain = (...records: string[]): LogBatch<string> => ({ ...data(-1, ...records), isTransactional: false })
const end = (producer: number, marker: 'commit' | 'abort'): LogBatch<string> => ({ ...data(producer), marker })

/** What becomes visible with each batch of a log. */
function visible(...batches: LogBatch<string>[]): (readonly string[])[] {
  const view = new CommittedView<string>()
  return batches.map((batch) => view.add(batch))
}

test('records outside transactions are visible at once', () => {
  expect(visible(plain('a', 'b'), plain('c'))).toEqual([['a', 'b'], ['c']])
})

test('a transaction is visible with its commit', () => {
  expect(visible(data(1, 'a'), data(1, 'b'), end(1, 'commit'))).toEqual([[], [], ['a', 'b']])
})

test('an aborted one is never', () => {
  expect(visible(data(1, 'a'), end(1, 'abort'), plain('b'))).toEqual([[], [], ['b']])
})

test('nothing is visible behind an open transaction, and order is kept', () => {
  expect(visible(data(1, 'a'), plain('b'), data(2, 'c'), end(2, 'commit'), end(1, 'commit'))).toEqual([
    [],
    [],
    [],
    [],
    ['a', 'b', 'c'],
  ])
})

test('aborts of one producer, one after the other', () => {
  const log = [data(1, 'a'), end(1, 'abort'), data(1, 'b'), end(1, 'abort'), data(1, 'c'), end(1, 'commit')]
  expect(visible(...log).flat()).toEqual(['c'])
})

test('an abort within a longer one', () => {
  const log = [data(1, 'a'), data(2, 'b'), end(2, 'abort'), data(2, 'c'), end(2, 'commit'), end(1, 'abort')]
  expect(visible(...log).flat()).toEqual(['c'])
})

test('a transaction whose end is not in the log yet stays withheld', () => {
  const view = new CommittedView<string>()
  expect([plain('a'), data(1, 'b', 'c'), plain('d')].flatMap((batch) => view.add(batch))).toEqual(['a'])
  expect(view.withheldRecords).toBe(3)
})
