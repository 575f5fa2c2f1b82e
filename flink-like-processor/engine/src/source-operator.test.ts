import {
  analyticsTopic,
  DEAD_LETTER_TOPIC,
  formatInstant,
  hours,
  LATE_TOPIC,
  minutes,
  PARTIALS_TOPIC,
  seconds,
  type TransactionRow,
} from '@fintech-streams/contracts'
import { describe, expect, it } from 'vitest'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { checkpointOf, takeOutputs, BASE_TIME_MS, buildRow, id } from '@fintech-streams/testing'
import { type SourceRecord, type Output, type Entry } from '@fintech-streams/records'
import { SourceOperator } from './source-operator.ts'

const jobs = builtInJobs(loadRules())
const createOperator = () => new SourceOperator({ jobs, sourceTopic: 'source', partition: 0, outputPartitions: 1 })

/** Feeds rows to an operator and keeps what it writes. */
class Feed {
  operator = createOperator()
  readonly outputs: Output[] = []
  readonly changelog = new Map<string, string>()
  readonly #records: SourceRecord[] = []

  get offset(): number {
    return this.#records.length
  }

  value(value: string | null): void {
    const bytes = value === null ? null : Buffer.from(value)
    const record = { offset: this.offset, timestampMs: BASE_TIME_MS, key: null, value: bytes }
    this.#records.push(record)
    this.operator.process(record)
    this.outputs.push(...takeOutputs(this.operator))
  }

  row(number: number, atMs: number, overrides: Partial<TransactionRow> = {}): void {
    this.value(JSON.stringify(buildRow({ transaction_id: id(number), created_at: formatInstant(atMs), ...overrides })))
  }

  idle(quietMs: number): void {
    const nowMs = BASE_TIME_MS + hours(10)
    this.#log(this.operator.idle({ offset: this.offset, nowMs, quietSinceMs: nowMs - quietMs }))
    this.outputs.push(...takeOutputs(this.operator))
  }

  checkpoint(): Entry[] {
    const entries = checkpointOf(this.operator, this.offset)
    this.#log(entries)
    return entries
  }

  /** Checkpoints, and goes on with an operator that has nothing but the changelog and the source. */
  recover(): void {
    this.checkpoint()
    this.operator = createOperator()
    const position = this.operator.restore(this.changelog)!
    for (const record of this.#records.slice(position.relearnFromOffset, position.offset)) {
      this.operator.relearn(record)
    }
  }

  #log(entries: readonly Entry[]): void {
    for (const { key, value } of entries) {
      if (value === null) this.changelog.delete(key)
      else this.changelog.set(key, value)
    }
  }

  of(topic: string): Record<string, unknown>[] {
    return this.outputs
      .filter((output) => output.topic === topic)
      .map(({ value }) => JSON.parse(value) as Record<string, unknown>)
  }

  counts() {
    return this.operator.takeCounts()
  }
}

const metrics = analyticsTopic('transaction_metrics')

describe('windows', () => {
  it('close when the watermark reaches their end, not before', () => {
    const feed = new Feed()
    const endMs = BASE_TIME_MS + minutes(4)
    feed.row(1, BASE_TIME_MS)
    feed.row(2, endMs + seconds(5) - 1)
    expect(feed.of(metrics)).toEqual([])
    feed.row(3, endMs + seconds(5))
    expect(feed.of(metrics)).toMatchObject([{ window_end: formatInstant(endMs), transaction_count: 1 }])
  })

  it('take a record that is out of order within the bound', () => {
    const feed = new Feed()
    const endMs = BASE_TIME_MS + minutes(4)
    feed.row(1, endMs + seconds(4))
    feed.row(2, endMs - 1)
    feed.row(3, endMs + seconds(5))
    expect(feed.of(metrics)).toMatchObject([{ transaction_count: 1 }])
    expect(feed.of(LATE_TOPIC)).toEqual([])
  })

  it('send a record behind their end to the late topic, once a job, and do not change', () => {
    const feed = new Feed()
    const endMs = BASE_TIME_MS + minutes(4)
    feed.row(1, BASE_TIME_MS)
    feed.row(2, endMs + seconds(10))
    const before = feed.of(metrics)
    feed.row(3, BASE_TIME_MS)
    expect(feed.of(metrics)).toEqual(before)
    const late = feed.of(LATE_TOPIC)
    expect(late.map(({ job }) => job)).toEqual(['transaction_metrics', 'dashboard_metrics', 'geographic_analysis'])
    expect(late[0]).toMatchObject({
      transaction_id: id(3),
      key: { customer_id: id(100) },
      window_end: formatInstant(endMs),
      lateness_ms: 5_000,
      reason: 'window_closed',
    })
    expect(feed.of(analyticsTopic('fraud_detection'))).toHaveLength(3)
  })

  it('leave no state behind once all are closed', () => {
    const feed = new Feed()
    for (let n = 1; n <= 50; n += 1) feed.row(n, BASE_TIME_MS + minutes(n), { customer_id: id(100 + (n % 7)) })
    expect(feed.operator.openWindows).toBeGreaterThan(0)
    feed.row(51, BASE_TIME_MS + hours(5))
    feed.idle(hours(3))
    expect(feed.operator.openWindows).toBe(0)
  })
})

describe('the duplicate horizon', () => {
  it('counts an id once within it', () => {
    const feed = new Feed()
    feed.row(1, BASE_TIME_MS)
    feed.row(1, BASE_TIME_MS)
    feed.row(2, BASE_TIME_MS + minutes(15))
    feed.row(1, BASE_TIME_MS)
    expect(feed.of(analyticsTopic('fraud_detection'))).toHaveLength(2)
    expect(feed.counts().skipped.get('duplicate')).toBe(2)
  })

  it('makes anything older late for every job, each time it comes', () => {
    const feed = new Feed()
    feed.row(1, BASE_TIME_MS)
    feed.row(2, BASE_TIME_MS + minutes(15) + 1)
    feed.row(1, BASE_TIME_MS)
    feed.row(1, BASE_TIME_MS)
    const late = feed.of(LATE_TOPIC).filter(({ reason }) => reason === 'beyond_horizon')
    expect(late).toHaveLength(2)
    expect(late[0]).toMatchObject({ job: '*', key: null, window_start: null, window_end: null, lateness_ms: 1 })
  })
})

describe('records that are not counted', () => {
  it.each([
    ['a tombstone', null, 'tombstone'],
    ['an update', JSON.stringify(buildRow({ __op: 'u' })), 'update'],
    ['a delete', JSON.stringify({ transaction_id: id(1), __op: 'd', __deleted: 'true' }), 'delete'],
  ])('%s is a metric', (_what, value, reason) => {
    const feed = new Feed()
    feed.value(value)
    expect(feed.outputs).toEqual([])
    expect(feed.counts().skipped).toEqual(new Map([[reason, 1]]))
  })

  it('malformed ones go to the dead-letter topic, whole', () => {
    const feed = new Feed()
    feed.value('{"broken"')
    expect(feed.of(DEAD_LETTER_TOPIC)).toMatchObject([
      { topic: 'source', partition: 0, offset: 0, value_base64: btoa('{"broken"'), reason: 'not_json' },
    ])
    expect(feed.counts().deadLettered).toEqual(new Map([['not_json', 1]]))
  })

  it('advance no event time', () => {
    const feed = new Feed()
    feed.row(1, BASE_TIME_MS)
    feed.row(2, BASE_TIME_MS + hours(1), { amount_usd: '-1.00' })
    feed.row(3, BASE_TIME_MS + hours(1), { __op: 'u' })
    expect(feed.operator.watermarkMs).toBe(BASE_TIME_MS - seconds(5))
  })
})

describe('idle time', () => {
  it('closes windows at the pace of the wall clock, from ten quiet seconds on', () => {
    const feed = new Feed()
    feed.row(1, BASE_TIME_MS + minutes(3) + seconds(55))
    feed.idle(seconds(9.999))
    expect(feed.of(metrics)).toEqual([])
    feed.idle(seconds(10))
    expect(feed.of(metrics)).toHaveLength(1)
  })

  it('does not move the horizon', () => {
    const feed = new Feed()
    feed.row(1, BASE_TIME_MS)
    feed.idle(hours(2))
    feed.row(1, BASE_TIME_MS)
    expect(feed.counts().skipped.get('duplicate')).toBe(1)
  })

  it('is announced again and again by a partition that never had a record', () => {
    const feed = new Feed()
    feed.idle(seconds(9))
    expect(feed.outputs).toEqual([])
    feed.idle(seconds(11))
    expect(feed.of(PARTIALS_TOPIC)).toEqual([{ type: 'empty', source: 0 }])
  })
})

describe('recovery', () => {
  /** A stream with duplicates, late records, bursts and an idle step in it. */
  function steps(): ((feed: Feed) => void)[] {
    const all: ((feed: Feed) => void)[] = []
    for (let n = 1; n <= 400; n += 1) {
      const atMs = BASE_TIME_MS + n * seconds(23)
      const overrides = { customer_id: id(100 + (n % 5)), merchant_id: id(300 + (n % 3)), amount_usd: `${n}.10` }
      all.push((feed) => feed.row(n, atMs, overrides))
      if (n % 9 === 0) all.push((feed) => feed.row(n - 5, atMs - 5 * seconds(23), overrides))
      if (n % 40 === 0) all.push((feed) => feed.row(1_000 + n, atMs - minutes(7), overrides))
      if (n % 100 === 0) all.push((feed) => feed.idle(minutes(2)))
    }
    return all
  }

  it.each([1, 37, 150, 222, 399])('from a checkpoint after %i steps goes on as if nothing had happened', (at) => {
    const straight = new Feed()
    const resumed = new Feed()
    steps().forEach((step, index) => {
      step(straight)
      step(resumed)
      if (index === at) resumed.recover()
    })
    expect(sorted(resumed.outputs)).toEqual(sorted(straight.outputs))
  })

  it('forgets a customer without activity for 30 days, in memory and in the changelog', () => {
    const feed = new Feed()
    feed.row(1, BASE_TIME_MS)
    feed.checkpoint()
    feed.row(2, BASE_TIME_MS + hours(24 * 30) + 1, { customer_id: id(101) })
    const entries = feed.checkpoint()
    expect(entries).toContainEqual({ key: `c/${id(100)}`, value: null })
    expect([...feed.changelog.keys()].filter((key) => key.startsWith('c/'))).toEqual([`c/${id(101)}`])
  })

  it('writes only what changed since the last checkpoint', () => {
    const feed = new Feed()
    feed.row(1, BASE_TIME_MS)
    feed.row(2, BASE_TIME_MS, { customer_id: id(101) })
    feed.checkpoint()
    feed.row(3, BASE_TIME_MS, { customer_id: id(101) })
    const keys = feed.checkpoint().map(({ key }) => key)
    expect(keys.filter((key) => key.startsWith('c/'))).toEqual([`c/${id(101)}`])
    expect(feed.checkpoint()).toEqual([])
  })

  it('refuses state of a newer program', () => {
    const marker = JSON.stringify({ v: 99, offset: 0, relearnFrom: 0, watermark: { max: null, idle: null } })
    expect(() => createOperator().restore(new Map([['marker', marker]]))).toThrow(/version 99/)
  })
})

function sorted(outputs: readonly Output[]): string[] {
  return outputs.map((output) => JSON.stringify(output)).sort()
}
