import { formatInstant, OLD_KEY_HEADER, SECOND_MS, type TransactionRow } from '@fintech-streams/contracts'
import { type SourceRecord } from '@fintech-streams/records'
import { buildRow, id } from '@fintech-streams/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MemoryScores } from './memory-scores.ts'
import { PartitionScores } from './partition-scores.ts'
import { ScoresUnavailable } from './score-source.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 12)
let outcomes: Record<string, number> = {}
const count = (outcome: string): void => {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
}

beforeEach(() => {
  outcomes = {}
  vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function record(row: Partial<TransactionRow>, ageMs = 0): SourceRecord {
  const timeMs = NOW_MS - ageMs
  const value = JSON.stringify(buildRow({ created_at: formatInstant(timeMs), __source_ts_ms: timeMs, ...row }))
  return { offset: 0, timestampMs: timeMs, key: null, value: Buffer.from(value) }
}

const partition = (number: number): PartitionScores =>
  new PartitionScores({ partition: number, notesChanges: false, count })
const sourceOf = (...partitions: PartitionScores[]): MemoryScores =>
  new MemoryScores(
    () => partitions,
    async () => undefined,
  )

test('counts creations and snapshot rows, and says what became of everything else', async () => {
  const scores = partition(0)
  const broken: SourceRecord = { offset: 0, timestampMs: NOW_MS, key: null, value: Buffer.from('{"__op":"c"}') }
  await scores.apply([
    record({ transaction_id: id(1), amount_usd: '10.00' }),
    record({ transaction_id: id(2), amount_usd: '5.50', __op: 'r' }, 60_000),
    record({ transaction_id: id(2), amount_usd: '5.50' }, 60_000),
    record({ transaction_id: id(3) }, 60_001),
    record({ transaction_id: id(4), __op: 'u' }),
    record({ transaction_id: id(5), __op: 'd' }),
    record({ transaction_id: id(6), created_at: formatInstant(NOW_MS + 61_000) }),
    record({ transaction_id: id(7), amount_usd: '1.005' }),
    { ...broken, value: null },
    broken,
    { ...record({ transaction_id: id(1), customer_id: id(101) }), headers: new Map([[OLD_KEY_HEADER, null]]) },
    { ...broken, value: Buffer.from(`{"__op":${'['.repeat(20_000)}${']'.repeat(20_000)}}`) },
  ])
  scores.caughtUp(NOW_MS)
  expect(outcomes).toEqual({
    counted: 2,
    duplicate: 1,
    expired: 1,
    update: 1,
    delete: 1,
    malformed: 4,
    moved: 1,
    tombstone: 1,
  })
  const source = sourceOf(scores)
  expect(await source.read(id(100), NOW_MS)).toEqual({ sumMinor: 15_50, count: 2, asOfMs: NOW_MS })
  expect(await source.read(id(100), NOW_MS + 1)).toMatchObject({ sumMinor: 10_00, count: 1 })
  expect(await source.read(id(101), NOW_MS)).toMatchObject({ sumMinor: 0, count: 0 })
})

test('an event ahead of its change by less than a minute counts at once', async () => {
  const scores = partition(0)
  await scores.apply([record({ transaction_id: id(1), created_at: formatInstant(NOW_MS + 59 * SECOND_MS) })])
  scores.caughtUp(NOW_MS)
  expect(await sourceOf(scores).read(id(100), NOW_MS)).toMatchObject({ count: 1 })
})

test('says nothing until every partition has been read to its end, and is as old as the oldest', async () => {
  const [one, other] = [partition(0), partition(1)]
  const source = sourceOf(one, other)
  await one.apply([record({})])
  one.caughtUp(NOW_MS)
  expect(source.state).toMatchObject({ ready: false, detail: expect.stringContaining('partitions 1') as string })
  await expect(source.read(id(100), NOW_MS)).rejects.toThrow(ScoresUnavailable)
  other.caughtUp(NOW_MS - 40)
  expect(source.state.ready).toBe(true)
  expect(await source.read(id(100), NOW_MS)).toMatchObject({ count: 1, asOfMs: NOW_MS - 40 })
})

test('begins where the oldest event may be that still counts, though its record is older than the event', async () => {
  const asked: number[] = []
  const reader = {
    offsetSince: async (_topic: string, _partition: number, timestampMs: number) => {
      asked.push(timestampMs)
      return undefined
    },
    endOffset: async () => 77,
    firstOffset: async () => 0,
  }
  const offset = await partition(0).startOffset(reader)
  expect(offset).toBe(77)
  // An event of 60 s ago, whose row was written 60 s before that, by clocks 10 s apart.
  expect(asked).toEqual([NOW_MS - 130_000])
})
