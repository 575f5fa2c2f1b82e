import {
  analyticsTopic,
  DEAD_LETTER_TOPIC,
  DEAD_LETTER_VALUE_BYTES_MAX,
  type DeadLetter,
  formatInstant,
  hours,
  LATE_TOPIC,
  minutes,
  PARTIALS_TOPIC,
  seconds,
} from '@fintech-streams/contracts'
import { type Entry, type SourceRecord, type WrittenRecord } from '@fintech-streams/records'
import { checkpointOf, compactInto, restoreFrom, type TakenOutput, takeOutputs } from '@fintech-streams/testing'
import { describe, expect, it } from 'vitest'
import { SourceOperator } from './source-operator.ts'
import { byMeter, id, jobs, OUT_OF_ORDER_MS, type Reading, reading, readings, START_MS } from './testing/readings.ts'

const createOperator = (stream = readings()) =>
  new SourceOperator({ ...stream, jobs, partition: 0, outputPartitions: 1 })

/** Feeds readings to an operator and keeps what it writes. */
class Feed {
  operator = createOperator()
  readonly outputs: TakenOutput[] = []
  readonly changelog = new Map<string, Buffer>()
  #offset = 0

  value(value: string | null): void {
    this.record({ timestampMs: START_MS, key: null, value: value === null ? null : Buffer.from(value) })
  }

  record(record: Omit<SourceRecord, 'offset'>): void {
    this.operator.process({ ...record, offset: this.#offset })
    this.#offset += 1
    this.outputs.push(...takeOutputs(this.operator))
  }

  reading(number: number, atMs: number, changes: Partial<Reading> = {}): void {
    this.value(JSON.stringify(reading(number, atMs, changes)))
  }

  idle(quietMs: number): void {
    const nowMs = START_MS + hours(10)
    this.#log(this.operator.idle({ offset: this.#offset, nowMs, quietSinceMs: nowMs - quietMs }))
    this.outputs.push(...takeOutputs(this.operator))
  }

  checkpoint(): WrittenRecord[] {
    const entries = checkpointOf(this.operator, this.#offset)
    this.#log(entries)
    return entries
  }

  /** Checkpoints, and goes on with an operator that has nothing but the changelog. */
  recover(): void {
    this.checkpoint()
    this.operator = createOperator()
    expect(restoreFrom(this.operator, this.changelog)).toEqual({ offset: this.#offset })
  }

  #log(entries: readonly Entry[]): void {
    compactInto(this.changelog, entries)
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

const byMeterTopic = analyticsTopic('by_meter')
const seenTopic = analyticsTopic('seen')

describe('windows', () => {
  it('close when the watermark reaches their end, not before', () => {
    const feed = new Feed()
    const endMs = START_MS + minutes(4)
    feed.reading(1, START_MS)
    feed.reading(2, endMs + seconds(5) - 1)
    expect(feed.of(byMeterTopic)).toEqual([])
    feed.reading(3, endMs + seconds(5))
    expect(feed.of(byMeterTopic)).toMatchObject([{ window_end: formatInstant(endMs), transaction_count: 1 }])
  })

  it('take a record that is out of order within the bound', () => {
    const feed = new Feed()
    const endMs = START_MS + minutes(4)
    feed.reading(1, endMs + seconds(4))
    feed.reading(2, endMs - 1)
    feed.reading(3, endMs + seconds(5))
    expect(feed.of(byMeterTopic)).toMatchObject([{ transaction_count: 1 }])
    expect(feed.of(LATE_TOPIC)).toEqual([])
  })

  it('send a record behind their end to the late topic, once a job, and do not change', () => {
    const feed = new Feed()
    const endMs = START_MS + minutes(4)
    feed.reading(1, START_MS)
    feed.reading(2, endMs + seconds(10))
    const before = feed.of(byMeterTopic)
    feed.reading(3, START_MS)
    expect(feed.of(byMeterTopic)).toEqual(before)
    const late = feed.of(LATE_TOPIC)
    expect(late.map(({ job }) => job)).toEqual(['by_meter', 'by_site'])
    expect(late[0]).toMatchObject({
      id: id(3),
      key: { meter: 'm-1' },
      window_end: formatInstant(endMs),
      lateness_ms: 5_000,
      reason: 'window_closed',
    })
    expect(feed.of(seenTopic)).toHaveLength(3)
  })

  it('leave no state behind once all are closed', () => {
    const feed = new Feed()
    for (let n = 1; n <= 50; n += 1) feed.reading(n, START_MS + minutes(n), { meter: `m-${n % 7}` })
    expect(feed.operator.openWindows).toBeGreaterThan(0)
    feed.reading(51, START_MS + hours(5))
    feed.idle(hours(3))
    expect(feed.operator.openWindows).toBe(0)
  })
})

describe('the duplicate horizon', () => {
  it('counts an id once within it', () => {
    const feed = new Feed()
    feed.reading(1, START_MS)
    feed.reading(1, START_MS)
    feed.reading(2, START_MS + minutes(15))
    feed.reading(1, START_MS)
    expect(feed.of(seenTopic)).toHaveLength(2)
    expect(feed.counts().skipped.get('duplicate')).toBe(2)
  })

  it('makes anything older late for every job, each time it comes', () => {
    const feed = new Feed()
    feed.reading(1, START_MS)
    feed.reading(2, START_MS + minutes(15) + 1)
    feed.reading(1, START_MS)
    feed.reading(1, START_MS)
    const late = feed.of(LATE_TOPIC).filter(({ reason }) => reason === 'beyond_horizon')
    expect(late).toHaveLength(2)
    expect(late[0]).toMatchObject({ job: '*', key: null, window_start: null, window_end: null, lateness_ms: 1 })
  })
})

describe('records that are not counted', () => {
  it.each([
    ['a tombstone', null, 'tombstone'],
    ['what the decoder says is none', '"moved"', 'moved'],
  ])('%s is a metric', (_what, value, reason) => {
    const feed = new Feed()
    feed.value(value)
    expect(feed.outputs).toEqual([])
    expect(feed.counts().skipped).toEqual(new Map([[reason, 1]]))
  })

  it.each([
    ['7', 'not_an_object', 'not a reading'],
    ['{"broken"', 'undecodable', 'decoding failed: SyntaxError: '],
  ])('whatever decoding throws of %s is a dead letter, whole', (value, reason, detail) => {
    const feed = new Feed()
    feed.value(value)
    expect(feed.of(DEAD_LETTER_TOPIC)).toEqual([
      {
        topic: 'source',
        partition: 0,
        offset: 0,
        timestamp: formatInstant(START_MS),
        key_base64: null,
        value_base64: btoa(value),
        value_bytes: value.length,
        reason,
        detail: expect.stringContaining(detail) as string,
      },
    ])
    expect(feed.counts().deadLettered).toEqual(new Map([[reason, 1]]))
  })

  it.each([0, 1, 1_048_576, 1_048_577, 4_000_000])('a dead letter of %i bytes is bounded', (bytes) => {
    const feed = new Feed()
    const large = Buffer.alloc(bytes, 'x')
    feed.record({ timestampMs: START_MS, key: large, value: large })
    const [letter] = feed.of(DEAD_LETTER_TOPIC) as unknown as DeadLetter[]
    const kept = Buffer.alloc(Math.min(bytes, DEAD_LETTER_VALUE_BYTES_MAX), 'x').toString('base64')
    expect(letter).toMatchObject({ key_base64: kept, value_base64: kept, value_bytes: bytes })
    expect(feed.outputs[0]!.value.length).toBeLessThan(4 << 20)
  })

  it.each([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, -1])(
    'a dead letter may have the time %i',
    (timestampMs) => {
      const feed = new Feed()
      feed.record({ timestampMs, key: null, value: Buffer.from('x') })
      expect(feed.of(DEAD_LETTER_TOPIC)).toHaveLength(1)
    },
  )

  it('advance no event time', () => {
    const feed = new Feed()
    feed.reading(1, START_MS)
    feed.value('{')
    feed.value('"update"')
    feed.reading(1, START_MS + hours(1), { changedAtMs: START_MS + hours(1) })
    expect(feed.operator.watermarkMs).toBe(START_MS - OUT_OF_ORDER_MS)
  })
})

describe('a sender whose clock is ahead', () => {
  const aheadMs = seconds(59)

  it('closes nobody else’s windows, and is in the windows of its own time', () => {
    const feed = new Feed()
    for (let second = 0; second < 600; second += 1) {
      const nowMs = START_MS + second * 1_000
      feed.reading(second, nowMs, { meter: `m-${second % 7}` })
      if (second % 5 === 0) feed.reading(10_000 + second, nowMs + aheadMs, { meter: 'fast', changedAtMs: nowMs })
    }
    expect(feed.of(LATE_TOPIC)).toEqual([])
    expect(feed.operator.watermarkMs).toBe(START_MS + seconds(599) - OUT_OF_ORDER_MS)
    feed.reading(99_999, START_MS + hours(1))
    const fast = feed.of(byMeterTopic).filter(({ meter }) => meter === 'fast')
    expect(fast[0]).toMatchObject({ window_start: formatInstant(START_MS - minutes(1)), transaction_count: 37 })
  })

  it('does not move the horizon beyond its commit', () => {
    const feed = new Feed()
    feed.reading(1, START_MS + aheadMs, { changedAtMs: START_MS })
    feed.reading(2, START_MS - minutes(15))
    feed.reading(3, START_MS - minutes(15) - 1)
    expect(feed.of(LATE_TOPIC)).toContainEqual(expect.objectContaining({ id: id(3), job: '*', lateness_ms: 1 }))
    expect(feed.of(seenTopic).map((result) => result['id'])).toEqual([id(1), id(2)])
  })

  it('counts once, however late its record is sent again within the horizon', () => {
    const feed = new Feed()
    const send = () => feed.reading(1, START_MS + aheadMs, { changedAtMs: START_MS })
    send()
    feed.reading(2, START_MS + minutes(15))
    feed.recover()
    send()
    expect(feed.counts().skipped.get('duplicate')).toBe(1)
    feed.reading(3, START_MS + aheadMs + minutes(15) + 1)
    send()
    expect(feed.of(LATE_TOPIC).at(-1)).toMatchObject({ id: id(1), reason: 'beyond_horizon', lateness_ms: 1 })
  })

  it('lets idle time go on from its commit', () => {
    const feed = new Feed()
    feed.reading(1, START_MS + aheadMs, { changedAtMs: START_MS })
    feed.idle(minutes(2))
    expect(feed.operator.watermarkMs).toBe(START_MS + minutes(1))
  })
})

describe('idle time', () => {
  it('closes windows at the pace of the wall clock, from ten quiet seconds on', () => {
    const feed = new Feed()
    feed.reading(1, START_MS + minutes(3) + seconds(55))
    feed.idle(seconds(9.999))
    expect(feed.of(byMeterTopic)).toEqual([])
    feed.idle(seconds(10))
    expect(feed.of(byMeterTopic)).toHaveLength(1)
  })

  it('does not move the horizon', () => {
    const feed = new Feed()
    feed.reading(1, START_MS)
    feed.idle(hours(2))
    feed.reading(1, START_MS)
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
      const atMs = START_MS + n * seconds(23)
      const overrides = { meter: `m-${n % 5}`, site: n % 4 === 0 ? undefined : `s-${n % 3}`, value: n }
      all.push((feed) => feed.reading(n, atMs, overrides))
      if (n % 9 === 0) all.push((feed) => feed.reading(n - 5, atMs - 5 * seconds(23), overrides))
      if (n % 40 === 0) all.push((feed) => feed.reading(1_000 + n, atMs - minutes(7), overrides))
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

  it('keeps the texts of restored windows while others are forgotten', () => {
    const create = () => new SourceOperator({ ...readings(), jobs: [byMeter], partition: 0, outputPartitions: 1 })
    const run = (recoversAt: number): TakenOutput[] => {
      const outputs: TakenOutput[] = []
      let operator = create()
      for (let offset = 0; offset < 12_000; offset += 1) {
        if (offset === recoversAt) {
          const changelog = new Map<string, Buffer>()
          compactInto(changelog, checkpointOf(operator, offset))
          operator = create()
          restoreFrom(operator, changelog)
        }
        // The windows of the recovery are open until one of many new texts makes room for itself.
        const value = JSON.stringify(
          reading(offset, START_MS + offset * 20, { meter: `m-${offset % 5}`, value: offset }),
        )
        operator.process({ offset, timestampMs: 0, key: null, value: Buffer.from(value) })
        outputs.push(...takeOutputs(operator))
      }
      operator.idle({ offset: 12_000, nowMs: hours(10), quietSinceMs: hours(8) })
      return [...outputs, ...takeOutputs(operator)]
    }
    expect(sorted(run(4_000))).toEqual(sorted(run(-1)))
  })

  it('forgets a customer without activity for 30 days, in memory and in the changelog', () => {
    const feed = new Feed()
    feed.reading(1, START_MS)
    feed.checkpoint()
    feed.reading(2, START_MS + hours(24 * 30) + 1, { meter: 'm-2' })
    const entries = feed.checkpoint()
    expect(entries).toContainEqual({ key: 'c/m-1', value: null })
    expect([...feed.changelog.keys()].filter((key) => key.startsWith('c/'))).toEqual(['c/m-2'])
  })

  it('writes only what changed since the last checkpoint', () => {
    const feed = new Feed()
    feed.reading(1, START_MS)
    feed.reading(2, START_MS, { meter: 'm-2' })
    feed.checkpoint()
    feed.reading(3, START_MS, { meter: 'm-2' })
    const keys = feed.checkpoint().map(({ key }) => key)
    expect(keys.filter((key) => key.startsWith('c/'))).toEqual(['c/m-2'])
    expect(feed.checkpoint()).toEqual([])
  })

  it.each([1, 99])('refuses state of version %i', (v) => {
    const marker = JSON.stringify({ v, offset: 0, watermark: { max: null, idle: null } })
    expect(() => createOperator().restore('marker', Buffer.from(marker))).toThrow(
      `version ${v}, this program reads 2 to 4`,
    )
  })
})

function sorted(outputs: readonly TakenOutput[]): string[] {
  return outputs.map((output) => JSON.stringify(output)).sort()
}
