import { expect, test } from 'vitest'
import { Batch, type Position } from './batch.ts'
import { sinkTables } from './tables.ts'

const [table] = sinkTables(new Map([['trial', { key: ['name'], fields: { name: 'text', n: 'count' } }]]))
const position = (partition: number, offset: number): Position => ({
  topic: 'fintech.analytics.trial',
  partition,
  topicId: 'id',
  offset,
})
const record = (offset: number, value: string) => ({
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.from(value),
})
const named = (offset: number, name: string, n: number) => record(offset, JSON.stringify({ name, n }))

function rowsOf(batch: Batch): string[] {
  return [...batch.rows()].flatMap(([, rows]) => rows.map(({ json }) => json))
}

test('of each key the last record is a row, and each partition is read to its last position', () => {
  const batch = new Batch()
  batch.add(table!, [named(0, 'a', 1), named(1, 'b', 1), named(2, 'a', 2)], position(0, 3))
  batch.add(table!, [named(7, 'c', 1)], position(1, 8))
  batch.add(table!, [named(3, 'b', 2)], position(0, 4))
  expect(rowsOf(batch)).toEqual(['{"name":"a","n":2}', '{"name":"c","n":1}', '{"name":"b","n":2}'])
  expect(batch.positions).toEqual([position(0, 4), position(1, 8)])
  expect(batch).toMatchObject({ records: 5, refused: [] })
})

test('a malformed record is set aside with its place and reason, and stands in nobody’s way', () => {
  const batch = new Batch()
  batch.add(table!, [named(0, 'a', 1), record(1, '{"name":"a"}'), named(2, 'b', 1)], position(2, 3))
  expect(rowsOf(batch)).toEqual(['{"name":"a","n":1}', '{"name":"b","n":1}'])
  expect(batch.refused).toMatchObject([
    { topic: 'fintech.analytics.trial', partition: 2, record: { offset: 1 }, reason: 'missing_field' },
  ])
  expect(batch.positions).toEqual([position(2, 3)])
})

test('records without data, such as transaction markers, still move the position', () => {
  const batch = new Batch()
  batch.add(table!, [], position(0, 9))
  expect([...batch.rows()]).toEqual([])
  expect(batch.positions).toEqual([position(0, 9)])
})
