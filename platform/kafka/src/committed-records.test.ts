import { createRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SourceRecord } from '@fintech-streams/records'
import { bufferOf } from '@fintech-streams/testing'
import { committedRecords } from './committed-records.ts'
import { encodeBatch } from './record-batch.ts'

const CONTROL_AND_TRANSACTIONAL = 0x30

/** A transactional batch as a broker keeps it. */
function batch(firstOffset: number, values: string[], producerId: number): Buffer {
  const records = values.map((value) => ({ key: `key of ${value}`, value }))
  return placed(encode(records, producerId), firstOffset)
}

function marker(offset: number, producerId: number, type: 'abort' | 'commit'): Buffer {
  const bytes = encode([{ key: type === 'abort' ? '\0\0\0\0' : '\0\0\0\u0001', value: '' }], producerId)
  bytes.writeInt16BE(CONTROL_AND_TRANSACTIONAL, 21)
  return placed(bytes, offset)
}

function encode(records: { key: string; value: string }[], producerId: number): Buffer {
  const [block] = bufferOf(records).blocks()
  return encodeBatch(block!, {
    producerId: BigInt(producerId),
    producerEpoch: 0,
    firstSequence: 0,
    timestampMs: 1_000,
  })
}

function placed(bytes: Buffer, offset: number): Buffer {
  bytes.writeBigInt64BE(BigInt(offset), 0)
  return bytes
}

/** Records as plain values. */
const plain = (records: readonly SourceRecord[]): SourceRecord[] =>
  records.map(({ offset, timestampMs, key, value }) => ({ offset, timestampMs, key, value }))

function read(batches: Buffer[], aborted: [producerId: number, firstOffset: number][] = [], from = 0) {
  const transactions = aborted.map(([producerId, firstOffset]) => ({
    producerId: BigInt(producerId),
    firstOffset: BigInt(firstOffset),
  }))
  const { records, nextOffset } = committedRecords(Buffer.concat(batches), transactions, from)
  return { values: records.map(({ value }) => String(value)), nextOffset }
}

describe('records', () => {
  it('are read with offset, time, key and value', () => {
    const { records, nextOffset } = committedRecords(batch(5, ['a', 'b'], 7), [], 0)
    expect(plain(records)).toEqual([
      { offset: 5, timestampMs: 1_000, key: Buffer.from('key of a'), value: Buffer.from('a') },
      { offset: 6, timestampMs: 1_000, key: Buffer.from('key of b'), value: Buffer.from('b') },
    ])
    expect(nextOffset).toBe(7)
  })

  it('are read from what another producer wrote, compressed or not, with times that differ', () => {
    // The client's encoder loses differences beyond 31 bits.
    const time = fc.bigInt({ min: 1_795_000_000_000n, max: 1_797_000_000_000n })
    const message = fc.record({ value: fc.string(), timestamp: time })
    const compression = fc.constantFrom('none', 'gzip')
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 60 }), compression, (messages, algorithm) => {
        const bytes = createRecordsBatch(
          messages.map(({ value, timestamp }) => ({ topic: 't', value: Buffer.from(value), timestamp })),
          { compression: algorithm },
        ).buffer
        const { records } = committedRecords(bytes, [], 0)
        expect(plain(records)).toEqual(
          messages.map(({ value, timestamp }, offset) => ({
            offset,
            timestampMs: Number(timestamp),
            key: null,
            value: Buffer.from(value),
          })),
        )
      }),
    )
  })

  it('have the headers that they were written with, compressed or not', () => {
    const text = fc.string({ unit: 'binary' }).filter((name) => name.isWellFormed())
    const headers = fc.uniqueArray(fc.tuple(text, text), { maxLength: 4, selector: ([name]) => name })
    fc.assert(
      fc.property(fc.array(headers, { minLength: 1 }), fc.constantFrom('none', 'gzip'), (all, compression) => {
        const messages = all.map((pairs, at) => ({
          topic: 't',
          value: Buffer.from(String(at)),
          timestamp: 0n,
          headers: new Map(pairs.map(([name, value]) => [Buffer.from(name), Buffer.from(value)])),
        }))
        const { records } = committedRecords(createRecordsBatch(messages, { compression }).buffer, [], 0)
        const found = records.map(({ headers }) => [...(headers ?? [])].map(([name, value]) => [name, String(value)]))
        expect(found).toEqual(all)
      }),
    )
  })

  it('before the offset asked for are left out', () => {
    expect(read([batch(0, ['a', 'b', 'c'], 7)], [], 2)).toEqual({ values: ['c'], nextOffset: 3 })
  })

  it('of a batch that was cut short come with the next fetch', () => {
    const cut = batch(1, ['b'], 7).subarray(0, -1)
    expect(read([batch(0, ['a'], 7), cut])).toEqual({ values: ['a'], nextOffset: 1 })
  })
})

describe('control batches', () => {
  it('carry nothing and are passed', () => {
    expect(read([batch(0, ['a'], 7), marker(1, 7, 'commit')])).toEqual({ values: ['a'], nextOffset: 2 })
  })
})

describe('aborted transactions', () => {
  it('of one producer are all left out, the committed ones between them kept', () => {
    const log = [
      batch(0, ['x'], 7),
      marker(1, 7, 'abort'),
      batch(2, ['a'], 7),
      marker(3, 7, 'commit'),
      batch(4, ['y'], 7),
      marker(5, 7, 'abort'),
    ]
    const aborted: [number, number][] = [
      [7, 0],
      [7, 4],
    ]
    expect(read(log, aborted)).toEqual({ values: ['a'], nextOffset: 6 })
  })

  it('are left out when their marker lies in a later fetch', () => {
    expect(read([batch(0, ['x'], 7), batch(1, ['a'], 8)], [[7, 0]])).toEqual({ values: ['a'], nextOffset: 2 })
  })

  it('take no other producer with them', () => {
    const log = [batch(0, ['x'], 7), batch(1, ['a'], 8), marker(2, 7, 'abort'), marker(3, 8, 'commit')]
    expect(read(log, [[7, 0]])).toEqual({ values: ['a'], nextOffset: 4 })
  })
})
