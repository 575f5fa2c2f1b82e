import { expect, it } from 'vitest'
import { committedRecords, type FetchResponsePartition } from './committed-records.ts'

const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5

/** A batch as the client decodes it, as far as it is read here. */
function batch(firstOffset: number, values: string[], producerId?: number) {
  return {
    firstOffset: BigInt(firstOffset),
    lastOffsetDelta: values.length - 1,
    firstTimestamp: 1_000n,
    attributes: producerId === undefined ? 0 : TRANSACTIONAL,
    producerId: BigInt(producerId ?? -1),
    records: values.map((value, offsetDelta) => ({
      offsetDelta,
      timestampDelta: BigInt(offsetDelta),
      key: null,
      value: Buffer.from(value),
    })),
  }
}

function marker(offset: number, producerId: number, type: 'abort' | 'commit') {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1])
  return {
    ...batch(offset, [''], producerId),
    attributes: TRANSACTIONAL | CONTROL,
    records: [{ offsetDelta: 0, timestampDelta: 0n, key, value: null }],
  }
}

function read(records: unknown[], aborted: [producerId: number, firstOffset: number][], from = 0) {
  const abortedTransactions = aborted.map(([producerId, firstOffset]) => ({
    producerId: BigInt(producerId),
    firstOffset: BigInt(firstOffset),
  }))
  const response = { records, abortedTransactions } as unknown as FetchResponsePartition
  const { records: found, nextOffset } = committedRecords(response, from)
  return { values: found.map(({ value }) => String(value)), nextOffset }
}

it('reads plain records and goes on after the last', () => {
  expect(read([batch(0, ['a', 'b']), batch(2, ['c'])], [])).toEqual({ values: ['a', 'b', 'c'], nextOffset: 3 })
})

it('leaves out what lies before the offset asked for', () => {
  expect(read([batch(0, ['a', 'b', 'c'])], [], 2)).toEqual({ values: ['c'], nextOffset: 3 })
})

it('goes on after a control batch at the end', () => {
  expect(read([batch(0, ['a'], 7), marker(1, 7, 'commit')], [])).toEqual({ values: ['a'], nextOffset: 2 })
})

it('leaves out every aborted transaction of one producer and keeps the committed ones between', () => {
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

it('leaves out an aborted transaction whose marker lies in a later fetch', () => {
  expect(read([batch(0, ['x'], 7), batch(1, ['a'], 8)], [[7, 0]])).toEqual({ values: ['a'], nextOffset: 2 })
})

it('keeps other producers and plain records inside an aborted range', () => {
  const log = [batch(0, ['x'], 7), batch(1, ['a'], 8), batch(2, ['b']), marker(3, 7, 'abort'), marker(4, 8, 'commit')]
  expect(read(log, [[7, 0]])).toEqual({ values: ['a', 'b'], nextOffset: 5 })
})
