import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger, OperatingError } from '@fintech-streams/service'
import { type TopicPosition, partitionName } from '@fintech-streams/records'
import { MemoryTopics } from '@fintech-streams/testing'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { ConsumerStatus } from './consumer-status.ts'
import { Progress } from './progress.ts'
import { bytesMax, type ConsumerBatch, type ConsumerLimits, type ConsumerStore, runConsumer } from './run-consumer.ts'
import { type ReadRecords } from './subscription.ts'

const TOPIC = 't'
const logger = createLogger('consumer-test')
logger.level = 'silent'

class ValuesBatch implements ConsumerBatch {
  bytes = 0
  readonly values: string[] = []

  add({ records }: ReadRecords): void {
    for (const { value } of records) {
      this.values.push(String(value))
      this.bytes += value?.length ?? 0
    }
  }
}

/** What outlives every session: values in the order they were written, and positions. */
class Disk {
  readonly values: string[] = []
  readonly batches: number[] = []
  positions: TopicPosition[] = []
  /** Is asked before each write; what it throws is the write's error. */
  beforeWrite: (batch: ValuesBatch) => void | Promise<void> = () => undefined
  isHeldByAnother = false
  hasLock = true

  open(): ConsumerStore<ValuesBatch> {
    let isOurs = false
    return {
      acquire: async (signal, onWait) => {
        if (this.isHeldByAnother) onWait()
        while (this.isHeldByAnother && !signal.aborted) await sleep(5)
        isOurs = !signal.aborted
        if (isOurs && this.hasLock) this.isHeldByAnother = true
        return isOurs
      },
      assertAlive: () => undefined,
      positions: async () => this.positions,
      write: async (batch, positions) => {
        await this.beforeWrite(batch)
        this.values.push(...batch.values)
        this.batches.push(batch.values.length)
        const moved = new Set(positions.map(partitionName))
        this.positions = [...this.positions.filter((one) => !moved.has(partitionName(one))), ...positions]
      },
      close: async () => {
        if (isOurs) this.isHeldByAnother = false
      },
    }
  }
}

interface Options extends Partial<ConsumerLimits> {
  readonly onRecreatedTopic?: 'restart' | 'refuse'
  readonly until?: 'caught up' | 'stopped'
}

class Trial {
  readonly topics: MemoryTopics
  readonly disk: Disk
  readonly registry = new Registry()
  nowMs = 0
  readonly status = new ConsumerStatus(this.registry, 'trial', new Progress(() => this.nowMs))
  readonly stop = new AbortController()
  knowsEpochs = true

  constructor(topics = new MemoryTopics(), disk = new Disk()) {
    this.topics = topics
    this.disk = disk
  }

  /** Runs until all that is there is written, or until it is stopped. */
  run({ onRecreatedTopic = 'restart', until = 'caught up', ...limits }: Options = {}) {
    return runConsumer(
      {
        name: 'trial',
        topics: [TOPIC, 'u'],
        log: () => this.topics.log(this.knowsEpochs),
        store: async () => this.disk.open(),
        batch: () => new ValuesBatch(),
        limits: { records: 10, bytes: 1_000, intervalMs: 0, ...limits },
        onRecreatedTopic,
        status: this.status,
        logger,
        untilCaughtUp: until === 'caught up',
      },
      this.stop.signal,
    )
  }

  async metric(name: string): Promise<{ value: number; labels: object }[]> {
    const metric = await this.registry.getSingleMetric(`trial_${name}`)?.get()
    return (metric?.values ?? []).map(({ value, labels }) => ({ value, labels }))
  }

  async total(name: string): Promise<number> {
    return (await this.metric(name)).reduce((sum, { value }) => sum + value, 0)
  }
}

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => String(from + n))
const sorted = (values: readonly string[]): number[] => values.map(Number).sort((a, b) => a - b)

test('whatever fails and whenever, each record is written once and in its partition’s order', async () => {
  const failures = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(failures, failures, async (failingWrites, failingReads) => {
      const trial = new Trial()
      trial.topics.create(TOPIC, 3)
      for (const n of numbered(0, 60)) trial.topics.append(TOPIC, Number(n) % 3, n)
      let writes = 0
      trial.disk.beforeWrite = () => {
        writes += 1
        trial.topics.failure = failingReads.includes(writes) ? new Error('Kafka is gone') : undefined
        if (trial.topics.failure !== undefined) setTimeout(() => (trial.topics.failure = undefined), 5)
        if (failingWrites.includes(writes)) throw new Error('the store is gone')
      }
      await trial.run()
      expect(sorted(trial.disk.values)).toEqual(numbered(0, 60).map(Number))
      for (const partition of [0, 1, 2]) {
        const own = trial.disk.values.map(Number).filter((n) => n % 3 === partition)
        expect(own).toEqual([...own].sort((a, b) => a - b))
      }
    }),
    { numRuns: 20 },
  )
})

test.each([
  ['with the lock once', true, numbered(0, 30)],
  ['without it twice', false, numbered(0, 30).flatMap((n) => [n, n])],
])('two that run at once write each record: %s', async (_, hasLock, values) => {
  const one = new Trial()
  one.disk.hasLock = hasLock
  one.topics.create(TOPIC)
  one.topics.append(TOPIC, 0, ...numbered(0, 30))
  await Promise.all([one.run(), new Trial(one.topics, one.disk).run()])
  expect(sorted(one.disk.values)).toEqual(values.map(Number))
})

test('it goes on where it ended', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 20))
  await trial.run()
  trial.topics.append(TOPIC, 0, ...numbered(20, 25))
  await trial.run()
  expect(trial.disk.values).toEqual(numbered(0, 25))
  expect(trial.disk.positions).toMatchObject([{ topic: TOPIC, partition: 0, offset: 25, leaderEpoch: 0 }])
})

test.each([
  // A fetch brings seven. The first ones never wait.
  ['records', numbered(0, 28), [7, 14, 7]],
  ['bytes', Array.from({ length: 20 }, () => 'x'.repeat(400)), [7, 7, 6]],
])('a batch keeps to its limit in %s, and what one fetch brings beyond', async (_, values, batches) => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...values)
  await trial.run({ intervalMs: 60_000 })
  expect(trial.disk.batches).toEqual(batches)
})

test('a batch takes at most a sixteenth of the heap', () => {
  expect(bytesMax(128 << 20, 128 << 20)).toBe(8 << 20)
  expect(bytesMax(1 << 20, 2 ** 32)).toBe(1 << 20)
  expect(bytesMax(undefined, 2 ** 32)).toBe(2 ** 28)
})

test('topics and partitions that appear are taken in', async () => {
  const trial = new Trial()
  const ended = trial.run({ until: 'stopped' })
  await expect.poll(() => trial.status.isReady).toBe(true)
  trial.topics.create('u', 2)
  trial.topics.append('u', 1, 'a')
  await expect.poll(() => trial.disk.values, { timeout: 10_000 }).toEqual(['a'])
  trial.stop.abort()
  await ended
})

test('a topic that is created again while it is held up is read from its start, and what was read of the old one is kept', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 5))
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  trial.disk.beforeWrite = ({ values }) => (values.includes('0') ? held : undefined)
  const ended = trial.run({ until: 'stopped' })
  await expect.poll(() => trial.status.progress.partitions.length).toBe(1)
  // Longer than the old one: its offset is a place in the new one.
  trial.topics.delete(TOPIC)
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(100, 120))
  await sleep(2_100)
  release()
  await expect.poll(() => trial.disk.values.length, { timeout: 10_000 }).toBe(25)
  expect(trial.disk.values).toEqual([...numbered(0, 5), ...numbered(100, 120)])
  expect(await trial.metric('offset_resets_total')).toEqual([
    { value: 1, labels: { topic: TOPIC, reason: 'recreated' } },
  ])
  trial.stop.abort()
  await ended
})

test('a log that was cut short and has grown again is read on from the cut', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 20))
  await trial.run()
  trial.topics.cut(TOPIC, 0, 15)
  trial.topics.append(TOPIC, 0, ...numbered(100, 130))
  await trial.run()
  expect(trial.disk.values).toEqual([...numbered(0, 20), ...numbered(100, 130)])
  expect(await trial.metric('offset_resets_total')).toEqual([
    { value: 1, labels: { topic: TOPIC, reason: 'cut_short' } },
  ])
  expect(trial.disk.positions).toMatchObject([{ offset: 45, leaderEpoch: 1 }])
})

test('a position beyond the end, where nobody knows of epochs, is read again from the first record', async () => {
  const trial = new Trial()
  trial.knowsEpochs = false
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 20))
  await trial.run()
  trial.topics.cut(TOPIC, 0, 15)
  await trial.run()
  expect(trial.disk.values).toEqual([...numbered(0, 20), ...numbered(0, 15)])
})

test('what retention has removed is left out, and told', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 3))
  await trial.run()
  trial.topics.append(TOPIC, 0, ...numbered(3, 20))
  trial.topics.expire(TOPIC, 0, 10)
  await trial.run()
  expect(trial.disk.values).toEqual([...numbered(0, 3), ...numbered(10, 20)])
  expect(await trial.metric('offset_resets_total')).toEqual([{ value: 1, labels: { topic: TOPIC, reason: 'expired' } }])
})

test.each([
  ['topic_recreated', (topics: MemoryTopics) => topics.create(TOPIC)],
  ['log_truncated', (topics: MemoryTopics) => topics.cut(TOPIC, 0, 2)],
] as const)('who must not read again ends with %s and a sentence', async (code, change) => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 5))
  await trial.run()
  change(trial.topics)
  const ended = trial.run({ onRecreatedTopic: 'refuse' })
  await expect(ended).rejects.toMatchObject({ code })
  await expect(ended).rejects.toThrow('t/0')
  expect(trial.disk.values).toEqual(numbered(0, 5))
})

test.each(['postgres_refused', 'kafka_refused', 'superseded'] as const)('%s ends it with its name', async (code) => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.failure = new OperatingError(code, 'a sentence')
  await expect(trial.run()).rejects.toMatchObject({ code })
})

test('who waits for the lock says so and is not ready', async () => {
  const trial = new Trial()
  trial.disk.isHeldByAnother = true
  const ended = trial.run({ until: 'stopped' })
  await expect.poll(() => trial.status.notReady).toBe('another trial writes')
  trial.disk.isHeldByAnother = false
  await expect.poll(() => trial.status.isReady).toBe(true)
  trial.stop.abort()
  await ended
})

test('one that fails is not ready before it has written again, and its lag is what is not written', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 5))
  trial.disk.beforeWrite = () => {
    throw new Error('bigint out of range')
  }
  const ended = trial.run({ until: 'stopped' })
  await expect.poll(() => trial.total('failures_total')).toBeGreaterThan(1)
  expect(trial.status.notReady).toContain('bigint out of range')
  expect(await trial.metric('lag_records')).toEqual([{ value: 5, labels: { topic: TOPIC, partition: 0 } }])
  trial.disk.beforeWrite = () => undefined
  await expect.poll(() => trial.status.isReady, { timeout: 10_000 }).toBe(true)
  expect(await trial.total('lag_records')).toBe(0)
  trial.stop.abort()
  await ended
})

test('one that hangs in a write: its lag grows with the log, and after half a minute it is not ready and names the partition', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 5))
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  trial.disk.beforeWrite = () => held
  const ended = trial.run({ until: 'stopped' })
  await expect.poll(() => trial.total('lag_records')).toBe(5)
  expect(trial.status.isReady).toBe(true)
  const [before] = await trial.metric('progress_timestamp_seconds')
  trial.topics.append(TOPIC, 0, ...numbered(5, 30))
  trial.nowMs = 31_000
  await expect.poll(() => trial.total('lag_records'), { timeout: 10_000 }).toBe(30)
  expect(trial.status.notReady).toBe('t/0 stands at offset 0 for 31 s, 30 records behind')
  const [after] = await trial.metric('progress_timestamp_seconds')
  expect((after?.value ?? 0) - (before?.value ?? 0)).toBeLessThan(-20)
  release()
  await expect.poll(() => trial.status.isReady, { timeout: 10_000 }).toBe(true)
  trial.stop.abort()
  await ended
})

test('a sign of life names every partition, also those of which nothing was read', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC, 2)
  const ended = trial.run({ until: 'stopped', idleIntervalMs: 10 })
  await expect.poll(() => trial.disk.positions.map(partitionName).sort()).toEqual(['t/0', 't/1'])
  trial.stop.abort()
  await ended
})

test('what was read before the signal is written before it ends', async () => {
  const trial = new Trial()
  trial.topics.create(TOPIC)
  trial.topics.append(TOPIC, 0, ...numbered(0, 5))
  trial.disk.beforeWrite = () => trial.stop.abort()
  await trial.run({ until: 'stopped' })
  expect(trial.disk.values).toEqual(numbered(0, 5))
})
