import { createRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SourceRecord } from '@fintech-streams/records'
import { bufferOf } from '@fintech-streams/testing'
import { CRC_AT, checksumOf } from './checksum.ts'
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
  return placed(sealed(bytes), offset)
}

/** With the checksum of what it has now. */
function sealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(checksumOf(bytes), CRC_AT)
  return bytes
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
  const { records, nextOffset } = committedRecords('t/3', Buffer.concat(batches), transactions, from)
  return { values: records.map(({ value }) => String(value)), nextOffset }
}

describe('records', () => {
  it('are read with offset, time, key and value', () => {
    const { records, nextOffset } = committedRecords('t/3', batch(5, ['a', 'b'], 7), [], 0)
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
        const { records } = committedRecords('t/3', bytes, [], 0)
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

describe('damage', () => {
  const at = (place: number, change: (bytes: Buffer) => void): Buffer => {
    const bytes = batch(place, ['{"amount_usd":"100.00"}', 'b'], 7)
    change(bytes)
    return bytes
  }
  const COUNT_AT = 57
  const FIRST_RECORD_AT = 61

  it('of any one bit is an error that names partition and offset', () => {
    const intact = batch(40, ['{"amount_usd":"100.00"}', 'b'], 7)
    const LENGTH_AT = 8
    const LEADER_EPOCH_AT = 12
    const MAGIC_AT = 16
    for (let bit = 8 * LENGTH_AT; bit < 8 * intact.length; bit += 1) {
      // Written by each leader, and read by nobody here.
      if (bit >= 8 * LEADER_EPOCH_AT && bit < 8 * MAGIC_AT) continue
      const bytes = Buffer.from(intact)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => read([bytes], [], 40), `bit ${bit}`).toThrow(
        expect.objectContaining({
          code: 'corrupt_batch',
          message: expect.stringMatching(/^t\/3 is damaged at offset 40: /) as string,
        }),
      )
    }
  })

  it.each([
    ['a batch that ends before its header', at(0, (bytes) => bytes.writeInt32BE(48, 8)), 'its length is wrong'],
    ['a first batch that is cut short', batch(0, ['a'], 7).subarray(0, -1), 'its length is wrong'],
    ['less than a header', batch(0, ['a'], 7).subarray(0, 20), 'its length is wrong'],
    ['an old format', at(0, (bytes) => bytes.writeInt8(1, 16)), 'it has format 1 instead of 2'],
    ['more records than bytes', at(0, (bytes) => sealed(bytes).writeInt32BE(50, COUNT_AT)), 'its checksum is'],
  ])('%s is an error', (_, bytes, fault) => {
    expect(() => read([bytes])).toThrow(fault)
  })

  it.each([
    ['more records than bytes', (bytes: Buffer) => bytes.writeInt32BE(50, COUNT_AT), 'a record is longer'],
    ['fewer records than bytes', (bytes: Buffer) => bytes.writeInt32BE(1, COUNT_AT), 'more bytes than its records'],
    ['fewer than no records', (bytes: Buffer) => bytes.writeInt32BE(-1, COUNT_AT), 'more bytes than its records'],
    ['a length without an end', (bytes: Buffer) => bytes.fill(0xff, FIRST_RECORD_AT, FIRST_RECORD_AT + 9), 'is longer'],
    ['a time without an end', (bytes: Buffer) => bytes.fill(0xff, FIRST_RECORD_AT + 2), 'is longer'],
  ])('%s is an error where the checksum is right', (_, change, fault) => {
    expect(() => read([sealed(at(7, change))], [], 7)).toThrow(`t/3 is damaged at offset 7: `)
    expect(() => read([sealed(at(7, change))], [], 7)).toThrow(fault)
  })

  it('of offsets that go backwards is an error', () => {
    expect(() => read([batch(8, ['a', 'b'], 7), batch(8, ['c'], 7)])).toThrow('t/3 is damaged at offset 8')
    expect(() => read([batch(3, ['a'], 7)], [], 4)).toThrow('its offsets go backwards')
  })

  it('whatever the bytes of the records are, ends in records or in an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: -2, max: 9 }), (garbage, count) => {
        const bytes = Buffer.concat([batch(0, ['a'], 7).subarray(0, FIRST_RECORD_AT), garbage])
        bytes.writeInt32BE(bytes.length - 12, 8)
        bytes.writeInt32BE(count, COUNT_AT)
        try {
          const { records } = committedRecords('t/3', sealed(bytes), [], 0)
          for (const { key, value } of records) expect((key?.length ?? 0) + (value?.length ?? 0)).toBeLessThan(80)
        } catch (error) {
          expect(error).toMatchObject({ code: 'corrupt_batch' })
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('far in the past or future, a time is read as well as a double can', () => {
    const [low, high] = [-(2n ** 62n), 2n ** 62n]
    const bytes = Buffer.alloc(FIRST_RECORD_AT + 64)
    batch(0, ['a'], 7).copy(bytes, 0, 0, FIRST_RECORD_AT)
    bytes.writeBigInt64BE(low, 27)
    const delta = BigInt.asUintN(64, (high - low) << 1n)
    const body = [0, ...varint64(delta), 0, 1, 1, 0]
    const whole = Buffer.concat([bytes.subarray(0, FIRST_RECORD_AT), Buffer.from([2 * body.length, ...body])])
    whole.writeInt32BE(whole.length - 12, 8)
    whole.writeInt32BE(1, COUNT_AT)
    expect(committedRecords('t/3', sealed(whole), [], 0).records).toHaveLength(1)
  })
})

function varint64(zigzag: bigint): number[] {
  const low = Number(zigzag & 0x7fn)
  return zigzag < 0x80n ? [low] : [low | 0x80, ...varint64(zigzag >> 7n)]
}
