import { setTimeout } from 'node:timers/promises'
import { type Operator, OperatorCounts } from '@fintech-streams/engine'
import { type TopicPartition } from '@fintech-streams/kafka'
import { OutputBuffer } from '@fintech-streams/records'
import { createLogger } from '@fintech-streams/service'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { ProcessorMetrics } from './metrics.ts'
import { OWNER_KEY, type SourceState } from './owner.ts'
import { type ChangelogFeed, type TaskLog } from './task-log.ts'
import { type Stage, Worker, type WorkerBroker } from './worker.ts'

const createOperator = (): Operator => ({
  outputs: new OutputBuffer(),
  stateEntries: 0,
  watermarkMs: 0,
  process: () => undefined,
  takeCounts: () => new OperatorCounts(),
  checkpoint: () => undefined,
  idle: () => [],
  restore: () => undefined,
  restored: () => undefined,
  replayed: () => undefined,
})

const STAGE: Stage = { name: 'source', sourceTopic: 't', changelogTopic: 'c', createOperator }
const of = (...partitions: number[]): TopicPartition[] => partitions.map((partition) => ({ topic: 't', partition }))

/** A broker with one topic, whose changelogs are read only when a test lets them be. */
class Broker {
  readonly acquired: number[] = []
  topicId = 'one'
  partitions = 4
  committed = 100
  end = 100
  /** Recoveries that wait for their changelog. */
  readonly #waiting: (() => void)[] = []
  holdsChangelogs = false
  hasOthers = false
  /** Partitions whose changelogs are followed. */
  readonly followed: number[] = []
  readonly restoredFrom: (number | undefined)[] = []

  releaseChangelogs(): void {
    this.holdsChangelogs = false
    for (const resume of this.#waiting.splice(0)) resume()
  }

  readonly taskLog = (_: Stage, partition: number): TaskLog => ({
    acquire: async () => {
      this.acquired.push(partition)
      return { offset: this.committed, leaderEpoch: null }
    },
    readChangelog: (onEntry, from) => {
      this.restoredFrom.push(from)
      onEntry(OWNER_KEY, Buffer.from(JSON.stringify({ groupId: 'g', topicId: 'one' })))
      return this.holdsChangelogs ? new Promise((resume) => this.#waiting.push(resume)) : Promise.resolve()
    },
    holdsChangelog: async ({ topicId }) => topicId === 'changelog one',
    readSource: async () => undefined,
    source: async (): Promise<SourceState> => ({ topicId: this.topicId, first: 0, end: this.end }),
    epochEnd: async () => undefined,
    commit: async () => undefined,
    close: async () => undefined,
  })

  readonly changelog = (_: Stage, partition: number): ChangelogFeed => {
    this.followed.push(partition)
    return {
      begin: async () => ({ topicId: 'changelog one', first: 0, offset: 0, leaderEpoch: null }),
      next: async (from) => setTimeout(5, { entries: [], next: { ...from, offset: 7 }, endOffset: 7 }),
      close: async () => void this.followed.splice(this.followed.indexOf(partition), 1),
    }
  }

  readonly reader: WorkerBroker['reader'] = {
    fetch: () => setTimeout(5, []),
    topic: async () => ({ id: this.topicId, partitions: this.partitions }),
    endOffset: async () => 150,
    committedOffset: async () => this.committed,
    close: async () => undefined,
  }
}

/** Runs a worker until `play` has ended. */
async function played(
  broker: Broker,
  play: (worker: Worker, assign: (partitions: TopicPartition[]) => void, registry: Registry) => Promise<void>,
  standby = false,
): Promise<void> {
  const registry = new Registry()
  const stop = new AbortController()
  let assign: (partitions: TopicPartition[]) => void = () => undefined
  const worker = new Worker({
    groupId: 'g',
    openBroker: (onAssigned) => {
      assign = onAssigned
      const membership = {
        join: async () => undefined,
        giveWay: async () => broker.hasOthers,
        close: async () => undefined,
      }
      return { reader: broker.reader, taskLog: broker.taskLog, changelog: broker.changelog, membership }
    },
    stages: [STAGE],
    settings: { commitIntervalMs: 100, checkpointIntervalMs: 10_000, commitRecordsMax: 5_000 },
    standby,
    metrics: new ProcessorMetrics(registry),
    logger: createLogger('worker test'),
  })
  const running = worker.run(stop.signal)
  try {
    await play(worker, assign, registry)
  } finally {
    broker.releaseChangelogs()
    stop.abort()
    await running
  }
}

test('a partition that is taken away and given back while its task still recovers is processed again', async () => {
  const broker = new Broker()
  await played(broker, async (worker, assign) => {
    broker.holdsChangelogs = true
    assign(of(0, 1))
    await expect.poll(() => broker.acquired).toEqual([0, 1])
    assign(of(0))
    assign(of(0, 1))
    assign(of(0))
    assign(of(0, 1))
    expect(worker.notReady).toContain('t/1 is being recovered')
    broker.releaseChangelogs()
    await expect.poll(() => broker.acquired).toEqual([0, 1, 1])
    await expect.poll(() => worker.isReady).toBe(true)
  })
})

test('a worker without an assignment is not ready, and one whose partitions are gone is', async () => {
  const broker = new Broker()
  await played(broker, async (worker, assign) => {
    expect(worker.notReady).toContain('not assigned')
    assign(of(2))
    await expect.poll(() => worker.isReady).toBe(true)
    assign([])
    await expect.poll(() => worker.isReady).toBe(true)
  })
})

test('what is stuck is not ready, says why, and its lag is that of the log', async () => {
  const broker = new Broker()
  broker.committed = 120
  await played(broker, async (worker, assign, registry) => {
    assign(of(0))
    await expect
      .poll(() => worker.notReady)
      .toMatch(/t\/0 lost its end: records up to 120 .* up to 100\. .*processor reset --yes/)
    await expect
      .poll(async () => registry.metrics(), { timeout: 15_000 })
      .toContain('processor_lag_records{stage="source",partition="0"} 30')
    expect(await registry.metrics()).toContain('processor_position{stage="source",partition="0"} 120')
  })
})

test('a task whose reads bring nothing keeps the lag of the log', async () => {
  const broker = new Broker()
  broker.end = 150
  await played(broker, async (worker, assign, registry) => {
    const lag = async () => /lag_records\{stage="source",partition="0"\} (\d+)/.exec(await registry.metrics())?.[1]
    assign(of(0))
    await expect.poll(() => worker.isReady).toBe(true)
    await expect.poll(lag, { timeout: 15_000 }).toBe('50')
    // Longer than the gauges' interval.
    await setTimeout(1_500)
    expect(await lag()).toBe('50')
  })
})

test('a topic with other partitions than the state has is named, and nothing counts as healthy', async () => {
  const broker = new Broker()
  broker.partitions = 8
  await played(broker, async (worker, assign) => {
    assign(of(0, 5))
    await expect.poll(() => worker.notReady).toMatch(/^t has 8 partitions, 4 are supported/)
    await expect.poll(() => broker.acquired).toEqual([0])
  })
})

test('a topic that is deleted and created again under a running task stops it with a sentence', async () => {
  const broker = new Broker()
  await played(broker, async (worker, assign) => {
    assign(of(0))
    await expect.poll(() => worker.isReady).toBe(true)
    broker.topicId = 'two'
    await expect
      .poll(() => worker.notReady, { timeout: 15_000 })
      .toMatch(/^t was deleted and created again: start over/)
  })
})

test('a worker with standbys follows what is not its own, takes it over from there, and begins anew after a loss', async () => {
  const broker = new Broker()
  await played(
    broker,
    async (worker, assign, registry) => {
      assign(of(0, 1))
      await expect.poll(() => broker.followed.toSorted()).toEqual([2, 3])
      await expect.poll(() => broker.restoredFrom).toEqual([undefined, undefined])
      const lag = async () =>
        /standby_lag_entries\{stage="source",partition="2"\} (.*)/.exec(await registry.metrics())?.[1]
      await expect.poll(lag, { timeout: 15_000 }).toBe('0')
      assign(of(0, 1, 2))
      await expect.poll(() => worker.isReady).toBe(true)
      expect(broker.restoredFrom.at(-1)).toBe(7)
      expect(broker.followed).toEqual([3])
      expect(await lag()).toBeUndefined()
      assign(of(0))
      await expect.poll(() => broker.followed.toSorted()).toEqual([1, 2, 3])
    },
    true,
  )
  expect(broker.followed).toEqual([])
})

test('a worker with standbys reads the state of others before it joins them', async () => {
  const broker = new Broker()
  broker.hasOthers = true
  await played(
    broker,
    async (worker, assign) => {
      await expect.poll(() => broker.followed.toSorted()).toEqual([0, 1, 2, 3])
      expect(worker.notReady).toContain('reads the state of the others')
      assign(of(0, 1, 2, 3))
      await expect.poll(() => worker.isReady).toBe(true)
    },
    true,
  )
})

test('a worker without standbys follows nothing', async () => {
  const broker = new Broker()
  await played(broker, async (worker, assign) => {
    assign(of(0))
    await expect.poll(() => worker.isReady).toBe(true)
    expect(broker.followed).toEqual([])
  })
})
