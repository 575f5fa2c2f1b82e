import { isDeepStrictEqual } from 'node:util'
import { createRecordsBatch, readRecordsBatch, Reader } from '@platformatic/kafka'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Entry, BLOCK_BYTES } from '@fintech-streams/records'
import { bufferOf } from '@fintech-streams/testing'
import { type BatchIdentity, encodeBatch, encodedBytesMax } from './record-batch.ts'

const identity = { producerId: 77n, producerEpoch: 3, firstSequence: 41, timestampMs: 1_795_181_460_123 }
/** The batch of a few records, which fit into one block. */
function encoded(entries: readonly Entry[], by: BatchIdentity): Buffer {
  const [block] = bufferOf(entries).blocks()
  return encodeBatch(block!, by)
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

it('never takes more than announced; only one with a single record is larger than a block', () => {
  const bytes = fc.oneof(
    { arbitrary: fc.nat(400), weight: 8 },
    fc.integer({ min: 100_000, max: BLOCK_BYTES }),
    fc.integer({ min: BLOCK_BYTES, max: 2 * BLOCK_BYTES }),
  )
  fc.assert(
    fc.property(fc.array(fc.record({ key: fc.nat(70), value: bytes }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const written = sizes.map(({ key, value }, at) => ({
        key: 'k'.repeat(key),
        value: String(at % 10).repeat(value),
      }))
      const records = bufferOf(written)
      const read = records.blocks().flatMap((block) => {
        const batch = encodeBatch(block, identity)
        expect(batch.length).toBeLessThanOrEqual(encodedBytesMax(block))
        if (block.count > 1) expect(encodedBytesMax(block)).toBeLessThanOrEqual(BLOCK_BYTES)
        return readRecordsBatch(Reader.from(batch)).records.map(({ key, value }) => ({
          key: String(key),
          value: String(value),
        }))
      })
      expect(isDeepStrictEqual(read, written)).toBe(true)
      expect(records).toMatchObject({ count: written.length, size: totalSize(written) })
      records.clear()
    }),
  )
})

const totalSize = (entries: readonly { key: string; value: string }[]): number =>
  entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
