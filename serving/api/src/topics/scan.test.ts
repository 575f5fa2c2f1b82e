import { type SourceRecord } from '@fintech-streams/records'
import { expect, test } from 'vitest'
import { PartitionScan, type Scanned } from './scan.ts'

const BATCH = 100

/** A partition with a record at these offsets: what lies between them are markers, or was compacted away. */
function logOf(offsets: readonly number[], end: number) {
  const fetched: number[] = []
  const records = offsets.map((offset): SourceRecord => {
    const key = Buffer.from(`k${offset % 7}`)
    return { offset, timestampMs: offset, key, value: Buffer.from(String(offset)) }
  })
  return {
    fetched,
    firstOffset: async () => offsets[0] ?? end,
    endOffset: async () => end,
    fetch: async ([position]: readonly { topic: string; partition: number; offset: number }[]) => {
      const { topic, partition, offset } = position!
      fetched.push(offset)
      const batch = records.filter((record) => record.offset >= offset).slice(0, BATCH)
      const last = batch.length < BATCH ? end : batch.at(-1)!.offset + 1
      return [
        {
          topic,
          partition,
          records: batch,
          nextOffset: last,
          endOffset: end,
          leaderEpoch: 0,
          release: () => undefined,
        },
      ]
    },
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)
const offsetsOf = ({ found }: Scanned): number[] => found.map(({ record }) => record.offset)
const place = { topic: 't', partition: 3 }
const bounds = { limit: 10, recordsMax: 1_000_000, deadlineMs: Infinity }
const any = (): boolean => true

test('the last ones, also where most offsets have no record', async () => {
  const dense = await new PartitionScan(logOf(range(0, 5_000), 5_000), place, any, bounds).latest()
  expect(offsetsOf(dense)).toEqual(range(4_990, 5_000))
  expect(dense).toMatchObject({ isComplete: true })
  expect(dense.lookedAt).toBeLessThan(1_000)
  const sparse = logOf([5, 900, 901, 40_000], 50_000)
  const found = await new PartitionScan(sparse, place, any, bounds).latest()
  expect(offsetsOf(found)).toEqual([5, 900, 901, 40_000])
  expect(found).toMatchObject({ isComplete: true, lookedAt: 4 })
  expect(await new PartitionScan(logOf([], 7), place, any, bounds).latest()).toEqual({
    found: [],
    lookedAt: 0,
    isComplete: true,
  })
})

test('from an offset on, from the first where retention took it, and nothing beyond the end', async () => {
  const log = logOf(range(100, 1_000), 1_000)
  expect(offsetsOf(await new PartitionScan(log, place, any, bounds).from(500))).toEqual(range(500, 510))
  expect(offsetsOf(await new PartitionScan(log, place, any, bounds).from(3))).toEqual(range(100, 110))
  expect(offsetsOf(await new PartitionScan(log, place, any, bounds).from(995))).toEqual(range(995, 1_000))
  expect(offsetsOf(await new PartitionScan(log, place, any, bounds).from(2_000))).toEqual([])
})

test('those of a key, until the bound', async () => {
  const isWanted = ({ key }: SourceRecord): boolean => key?.includes('k3') === true
  const log = logOf(range(0, 5_000), 5_000)
  const found = await new PartitionScan(log, place, isWanted, bounds).latest()
  expect(offsetsOf(found)).toEqual(
    range(0, 5_000)
      .filter((offset) => offset % 7 === 3)
      .slice(-10),
  )
  const bounded = await new PartitionScan(log, place, () => false, { ...bounds, recordsMax: 500 }).latest()
  expect(bounded).toMatchObject({ found: [], isComplete: false })
  expect(bounded.lookedAt).toBeGreaterThanOrEqual(500)
  expect(bounded.lookedAt).toBeLessThan(2_000)
  const late = await new PartitionScan(log, place, any, { ...bounds, deadlineMs: -1 }).latest()
  expect(late).toEqual({ found: [], lookedAt: 0, isComplete: false })
})
