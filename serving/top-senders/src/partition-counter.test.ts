import { HOUR_MS, OLD_KEY_HEADER, type TransactionRow } from '@fintech-streams/contracts'
import { type Headers, type SourceRecord } from '@fintech-streams/records'
import { buildRow, id } from '@fintech-streams/testing'
import { expect, test } from 'vitest'
import { CounterBatch } from './batch.ts'
import { packIds } from './id-table.ts'
import { type CounterState, PartitionCounter } from './partition-counter.ts'

const HORIZON_MS = 24 * HOUR_MS
const NOON_MS = Date.UTC(2026, 10, 20, 12)
const START: CounterState = {
  partition: 2,
  asOfMs: 0,
  latestEventMs: undefined,
  inSnapshot: true,
}

/** A completed transfer of 1.00 from account 1 to account 2. */
function transfer(n: number, atMs: number, more: Partial<TransactionRow> = {}): Partial<TransactionRow> {
  return {
    transaction_id: id(n),
    account_id: id(1),
    to_account_id: id(2),
    transaction_type: 'TRANSFER',
    merchant_id: null,
    amount_usd: '1.00',
    created_at: new Date(atMs).toISOString(),
    __op: 'c',
    ...more,
  }
}

class Trial {
  readonly batch: CounterBatch
  readonly reasons: string[] = []
  readonly counter: PartitionCounter
  /** The wall clock: ahead of everything, unless it is said. */
  nowMs = NOON_MS * 2
  #offset = 0

  constructor(state = START) {
    this.counter = new PartitionCounter(state, HORIZON_MS, (reason) => this.reasons.push(reason))
    this.batch = new CounterBatch(() => this.counter)
  }

  send(...rows: (Partial<TransactionRow> | null)[]): this {
    return this.sendWith(undefined, ...rows)
  }

  sendWith(headers: Headers | undefined, ...rows: (Partial<TransactionRow> | null)[]): this {
    const records = rows.map((row): SourceRecord => {
      const sourceMs = row?.created_at === undefined ? NOON_MS : Date.parse(row.created_at)
      const value = row === null ? null : JSON.stringify({ ...buildRow(row), __source_ts_ms: sourceMs, ...row })
      return {
        offset: this.#offset++,
        timestampMs: sourceMs,
        key: null,
        value: value === null ? null : Buffer.from(value),
        headers,
      }
    })
    this.counter.process(records, NOON_MS, this.nowMs, this.batch)
    return this
  }

  get total(): { count: number; amountMinor: unknown } {
    const [sum] = this.batch.totals
    return { count: sum?.count ?? 0, amountMinor: sum?.amountMinor ?? 0 }
  }
}

test('completed transfers count, by pair and UTC day; everything else has a reason', () => {
  const midnight = Date.UTC(2026, 10, 21)
  const trial = new Trial().send(
    transfer(1, midnight - 1, { amount_usd: '2.50' }),
    transfer(2, midnight, { transaction_type: 'WIRE_TRANSFER' }),
    transfer(3, midnight, { to_account_id: id(9) }),
    transfer(4, midnight, { status: 'PENDING' }),
    transfer(5, midnight, { transaction_type: 'PURCHASE', to_account_id: null }),
    transfer(6, midnight, { __op: 'u' }),
    transfer(7, midnight, { amount_usd: '1.001' }),
    transfer(8, midnight, { to_account_id: null }),
    transfer(9, midnight, { to_account_id: 'x' }),
    null,
  )
  const days = [...trial.batch.days].map(([day, sums]) => [
    day,
    sums.map(({ toAccountId, count }) => [toAccountId, count]),
  ])
  expect(days).toEqual([
    ['2026-11-20', [[id(2), 1]]],
    [
      '2026-11-21',
      [
        [id(2), 1],
        [id(9), 1],
      ],
    ],
  ])
  expect(trial.total).toEqual({ count: 2, amountMinor: 350 })
  expect(trial.reasons).toEqual([
    'not_completed',
    'not_a_transfer',
    'update',
    'too_many_digits',
    'missing_field',
    'bad_uuid',
    'tombstone',
  ])
  expect(trial.batch.transfers).toBe(3)
  expect(trial.counter.state).toMatchObject({ partition: 2, asOfMs: NOON_MS, latestEventMs: midnight })
})

test('a transaction counts once, in one batch or in another, and after a restart', () => {
  const first = new Trial().send(transfer(1, NOON_MS), transfer(1, NOON_MS)).send(transfer(1, NOON_MS))
  expect(first.total.count).toBe(1)
  expect(first.reasons).toEqual(['duplicate', 'duplicate'])

  const again = new Trial(first.counter.state)
  for (const { hourMs, ids } of first.batch.counted) again.counter.ids.addPacked(hourMs, packIds(ids))
  again.send(transfer(1, NOON_MS), transfer(2, NOON_MS))
  expect(again.total.count).toBe(1)
  expect(again.reasons).toEqual(['duplicate'])
})

test('within the horizon a transaction sent again is known; behind it none counts', () => {
  const old = NOON_MS - HORIZON_MS
  const trial = new Trial().send(transfer(1, old), transfer(2, NOON_MS), transfer(1, old), transfer(3, old))
  expect(trial.reasons).toEqual(['duplicate'])
  trial.send(transfer(4, NOON_MS + 1), transfer(1, old), transfer(5, old))
  expect(trial.reasons).toEqual(['duplicate', 'beyond_horizon', 'beyond_horizon'])
  expect(trial.total.count).toBe(4)
})

test('ids of hours behind the horizon are forgotten', () => {
  const trial = new Trial()
  for (let hour = 0; hour < 100; hour += 1) trial.send(transfer(hour, NOON_MS + hour * HOUR_MS))
  expect(trial.counter.ids.size).toBeLessThanOrEqual(HORIZON_MS / HOUR_MS + 1)
})

test('rows of the first snapshot count whatever their age and order, once; later snapshots do not bring old ones again', () => {
  const year = 365 * 24 * HOUR_MS
  const row = (n: number, atMs: number) => transfer(n, atMs, { __op: 'r' })
  const trial = new Trial().send(row(1, NOON_MS), row(2, NOON_MS - year), row(2, NOON_MS - year))
  expect(trial.total.count).toBe(2)
  trial.send(transfer(3, NOON_MS), row(2, NOON_MS - year), row(1, NOON_MS))
  expect(trial.total.count).toBe(3)
  expect(trial.reasons).toEqual(['duplicate', 'beyond_horizon', 'duplicate'])
})

test('sums beyond the safe range stay exact', () => {
  const most = '90071992547409.91'
  const trial = new Trial().send(transfer(1, NOON_MS, { amount_usd: most }), transfer(2, NOON_MS, { amount_usd: most }))
  expect(trial.total.amountMinor).toBe(2n * 9_007_199_254_740_991n)
})

test('an event from a clock that was ahead makes no other one old once the clock is right again', () => {
  const trial = new Trial()
  trial.nowMs = NOON_MS
  trial.send(
    transfer(1, NOON_MS),
    transfer(2, NOON_MS + 100 * 24 * HOUR_MS),
    transfer(3, NOON_MS),
    transfer(1, NOON_MS),
  )
  expect(trial.reasons).toEqual(['duplicate'])
  expect(trial.total.count).toBe(3)
})

test('a record whose decoding fails in whatever way is counted, and the next ones are read', () => {
  const trial = new Trial()
  const deep = `{"__op":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  const record = { offset: 0, timestampMs: NOON_MS, key: null, value: Buffer.from(deep) }
  trial.counter.process([record], NOON_MS, NOON_MS, trial.batch)
  trial.send(transfer(1, NOON_MS))
  expect(trial.reasons).toHaveLength(1)
  expect(trial.total.count).toBe(1)
})

test('at its end a partition is counted up to when it was asked; before that, up to its last record', () => {
  const { batch, counter } = new Trial()
  const part = { topic: 't', partition: 2, leaderEpoch: 0, isMoved: true, askedMs: NOON_MS }
  const record = { offset: 0, timestampMs: NOON_MS - 60_000, key: null, value: null }
  batch.add({ ...part, records: [record], nextOffset: 1, endOffset: 2 })
  expect(counter.state.asOfMs).toBe(NOON_MS - 60_000)
  batch.add({ ...part, records: [], nextOffset: 2, endOffset: 2 })
  expect(counter.state.asOfMs).toBe(NOON_MS)
})

test('a transfer whose customer was merged into another counts once', () => {
  const trial = new Trial().send(transfer(1, NOON_MS))
  const merged = transfer(1, NOON_MS, { customer_id: id(9) })
  const other = new Trial().sendWith(new Map([[OLD_KEY_HEADER, null]]), merged, { ...merged, amount_usd: 'x' })
  expect([trial.total.count, other.total.count]).toEqual([1, 0])
  expect(other.reasons).toEqual(['moved', 'moved'])
})

test('ids are the same in any case', () => {
  const [from, to] = ['0A1B2C3D-0000-4000-8000-00000000000A', '0a1b2c3d-0000-4000-8000-00000000000b']
  const trial = new Trial().send(
    transfer(1, NOON_MS, { account_id: from, to_account_id: to }),
    transfer(2, NOON_MS, { account_id: from.toLowerCase(), to_account_id: to.toUpperCase() }),
  )
  expect(trial.batch.totals).toMatchObject([{ fromAccountId: from.toLowerCase(), toAccountId: to, count: 2 }])
})

test.each(['transaction_id', 'account_id', 'to_account_id', 'amount_usd', '__op', 'compliance_flags'])(
  'a record whose %s is nested without end has a reason like any other',
  (name) => {
    const trial = new Trial()
    const deep = '['.repeat(20_000) + ']'.repeat(20_000)
    const value = JSON.stringify({ ...buildRow(), ...transfer(1, NOON_MS), [name]: 0 }).replace(
      `"${name}":0`,
      `"${name}":${deep}`,
    )
    const record = { offset: 0, timestampMs: NOON_MS, key: null, value: Buffer.from(value) }
    trial.counter.process([record], NOON_MS, NOON_MS, trial.batch)
    expect(trial.reasons).toHaveLength(1)
  },
)
