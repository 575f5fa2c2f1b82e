import { createRecordsBatch, readRecordsBatch, Reader } from '@platformatic/kafka'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Entry } from '../engine/record-buffer.ts'
import { bufferOf } from '../testing/buffers.ts'
import { type BatchIdentity, encodeBatch, encodedBytesMax } from './record-batch.ts'

const identity = { producerId: 77n, producerEpoch: 3, firstSequence: 41, timestampMs: 1_795_181_460_123 }
function encoded(entries: readonly Entry[], by: BatchIdentity): Buffer {
  return encodeBatch(bufferOf(entries), 0, entries.length, by)
}

const record = fc.record({
  key: fc.string({ unit: 'binary', maxLength: 200 }),
  value: fc.option(fc.string({ unit: 'binary', maxLength: 400 })),
})

it('is read back by the client, record by record', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), (records) => {
      const batch = readRecordsBatch(Reader.from(encoded(records, identity)))
      expect(batch).toMatchObject({ magic: 2, attributes: 16, lastOffsetDelta: records.length - 1, producerId: 77n })
      expect(batch).toMatchObject({ producerEpoch: 3, firstSequence: 41, firstTimestamp: 1_795_181_460_123n })
      expect(batch.records.map(({ key, value }) => ({ key: String(key), value: value && String(value) }))).toEqual(
        records.map(({ key, value }) => ({
          key: Buffer.from(key).toString(),
          value: value === null ? null : Buffer.from(value).toString(),
        })),
      )
      expect(batch.records.map(({ offsetDelta }) => offsetDelta)).toEqual(records.map((_record, at) => at))
    }),
  )
})

it('is the batch that the client itself would write', () => {
  const records = [
    { key: 'a', value: 'first' },
    { key: 'b'.repeat(70), value: 'ü'.repeat(300) },
  ]
  const timestamp = BigInt(identity.timestampMs)
  const theirs = createRecordsBatch(
    records.map(({ key, value }) => ({
      topic: 't',
      partition: 0,
      key: Buffer.from(key),
      value: Buffer.from(value),
      timestamp,
    })),
    { transactionalId: 'x', producerId: 77n, producerEpoch: 3, sequences: { getWithDefault: () => 41 } } as never,
  ).buffer
  const ours = encoded(records, identity)
  // The leader epoch is the broker's to set, and not part of the checksum.
  theirs.copy(ours, 12, 12, 16)
  expect(ours.equals(theirs)).toBe(true)
})

it('never takes more than announced, whole or in part', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 2, maxLength: 20 }), (entries) => {
      const records = bufferOf(entries)
      const cut = Math.floor(entries.length / 2)
      for (const [from, to] of [
        [0, cut],
        [cut, entries.length],
        [0, entries.length],
      ] as const) {
        const batch = encodeBatch(records, from, to, identity)
        expect(batch.length).toBeLessThanOrEqual(encodedBytesMax(records, from, to))
        expect(readRecordsBatch(Reader.from(batch)).records.map(({ key }) => String(key))).toEqual(
          entries.slice(from, to).map(({ key }) => Buffer.from(key).toString()),
        )
      }
    }),
  )
})
