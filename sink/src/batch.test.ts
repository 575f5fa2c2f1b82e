import { expect, test } from 'vitest'
import { type SourceRecord } from '@fintech-streams/records'
import { ResultBatch } from './batch.ts'
import { sinkTables } from './tables.ts'

const [table] = sinkTables(new Map([['trial', { key: ['name'], fields: { name: 'text', n: 'count' } }]]))
const TOPIC = 'fintech.analytics.trial'
const emptyBatch = () => new ResultBatch(new Map([[TOPIC, table!]]))
const read = (partition: number, ...records: SourceRecord[]) => ({ topic: TOPIC, partition, records })
const record = (offset: number, value: string) => ({
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.from(value),
})
const named = (offset: number, name: string, n: number) => record(offset, JSON.stringify({ name, n }))

function rowsOf(batch: ResultBatch): string[] {
  return [...batch.rows()].flatMap(([, rows]) => rows.map(({ json }) => json))
}

test('of each key the last record is a row', () => {
  const batch = emptyBatch()
  batch.add(read(0, named(0, 'a', 1), named(1, 'b', 1), named(2, 'a', 2)))
  batch.add(read(1, named(7, 'c', 1)))
  batch.add(read(0, named(3, 'b', 2)))
  expect(rowsOf(batch)).toEqual(['{"name":"a","n":2}', '{"name":"c","n":1}', '{"name":"b","n":2}'])
  expect(batch.refused).toEqual([])
})

test('a malformed record is set aside with its place and reason, and stands in nobody’s way', () => {
  const batch = emptyBatch()
  batch.add(read(2, named(0, 'a', 1), record(1, '{"name":"a"}'), named(2, 'b', 1)))
  expect(rowsOf(batch)).toEqual(['{"name":"a","n":1}', '{"name":"b","n":1}'])
  expect(batch.refused).toMatchObject([
    { topic: 'fintech.analytics.trial', partition: 2, record: { offset: 1 }, reason: 'missing_field' },
  ])
})

test('a record whose decoding fails in whatever way is set aside, too', () => {
  const batch = emptyBatch()
  const deep = `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)},"n":1}`
  batch.add(read(0, record(0, deep), named(1, 'b', 1)))
  expect(rowsOf(batch)).toEqual(['{"name":"b","n":1}'])
  expect(batch.refused).toMatchObject([{ record: { offset: 0 } }])
})
