import { type Operator, OperatorCounts } from '@fintech-streams/engine'
import { type CommittedOffset } from '@fintech-streams/kafka'
import { OutputBuffer, type RecordBuffer, type SourceRecord } from '@fintech-streams/records'
import { systemClock } from '@fintech-streams/service'
import { expect, test } from 'vitest'
import { Standby, type StandbyState, StandbyTurns } from './standby.ts'
import { type ChangelogFeed, type ChangelogPosition, type TaskLog, type TaskTransaction } from './task-log.ts'
import { type RecoveryReport, Task } from './task.ts'

/** Counts records by key, writes each count, and forgets a key at its fifth record. */
class Counting implements Operator {
  readonly watermarkMs = 0
  readonly outputs = new OutputBuffer()
  readonly #counts = new Map<string, number>()
  readonly #changed = new Set<string>()
  #offset: number | undefined

  get stateEntries(): number {
    return this.#counts.size
  }

  process({ key }: SourceRecord): void {
    const name = String(key)
    const count = (this.#counts.get(name) ?? 0) + 1
    if (count === 5) this.#counts.delete(name)
    else this.#counts.set(name, count)
    this.#changed.add(name)
    this.outputs.add({ topic: 'out', partition: 0, key: name, value: String(count) })
  }

  checkpoint(offset: number, changelog: RecordBuffer): void {
    for (const key of this.#changed) {
      const count = this.#counts.get(key)
      changelog.add({ key, value: count === undefined ? null : String(count) })
    }
    this.#changed.clear()
    changelog.add({ key: 'marker', value: String(offset) })
  }

  restore(key: string, value: Buffer | null): void {
    if (key === 'marker') this.#offset = Number(value)
    else if (value === null) this.#counts.delete(key)
    else this.#counts.set(key, Number(value))
  }

  takeCounts = () => new OperatorCounts()
  idle = () => []
  restored = () => (this.#offset === undefined ? undefined : { offset: this.#offset })
  replayed = () => undefined
}

const RECORDS = 60

/** A source of records of seven customers, and the changelog that was written for it. */
class Log implements TaskLog {
  readonly entries: SourceRecord[] = []
  readonly outputs: string[] = []
  topicId = 'changelog one'
  committed: CommittedOffset | undefined

  acquire = async () => this.committed
  source = async () => ({ topicId: 'source', first: 0, end: RECORDS })
  epochEnd = async () => undefined
  close = async () => undefined
  holdsChangelog = async ({ topicId, offset }: ChangelogPosition) =>
    topicId === this.topicId && offset <= this.entries.length

  async readChangelog(onEntry: (key: string, value: Buffer | null) => void, from = 0): Promise<void> {
    for (const { key, value } of this.entries.slice(from)) onEntry(String(key), value)
  }

  async readSource(from: number, to: number, onRecord: (record: SourceRecord) => void): Promise<void> {
    this.read(from, to).forEach(onRecord)
  }

  read = (from: number, to: number): SourceRecord[] =>
    Array.from({ length: to - from }, (_, at) => ({
      offset: from + at,
      timestampMs: 0,
      key: Buffer.from(`customer ${((from + at) * (from + at)) % 7}`),
      value: null,
    }))

  async commit({ outputs, changelog, position }: TaskTransaction): Promise<void> {
    for (const { key, value } of changelog) {
      const written = value === null ? null : Buffer.from(value)
      this.entries.push({ offset: this.entries.length, timestampMs: 0, key: Buffer.from(key), value: written })
    }
    for (const { key, value } of outputs) this.outputs.push(`${key} ${String(value)}`)
    this.committed = position
  }

  /** What a standby sees that has read up to `cut`, in parts of three entries. */
  feed(cut: number): ChangelogFeed {
    return {
      begin: async () => ({ topicId: this.topicId, first: 0, offset: 0, leaderEpoch: null }),
      next: async (from) => {
        const offset = Math.min(cut, from.offset + 3)
        if (offset === from.offset) await systemClock.sleep(1)
        return { entries: this.entries.slice(from.offset, offset), next: { ...from, offset }, endOffset: cut }
      },
      close: async () => undefined,
    }
  }
}

/** Recovers a task and lets it process up to an offset. */
async function run(log: Log, to: number, standby?: StandbyState): Promise<RecoveryReport | undefined> {
  let report: RecoveryReport | undefined
  const task = new Task({
    operator: new Counting(),
    standby,
    log,
    clock: systemClock,
    settings: { commitIntervalMs: 0, checkpointIntervalMs: 60_000, commitRecordsMax: 100 },
    identity: { groupId: 'g', sourceTopic: 'source', partition: 0 },
    observer: { recovered: (told) => (report = told), committed: () => undefined, checkpointed: () => undefined },
  })
  await task.recover()
  const records = log.read(task.fetchOffset, to)
  task.offer({ records, nextOffset: to, leaderEpoch: -1 }, RECORDS)
  task.stop()
  await task.run()
  return report
}

/** A log whose task was checkpointed at these offsets. */
async function logOf(...checkpoints: number[]): Promise<Log> {
  const log = new Log()
  for (const offset of checkpoints) await run(log, offset)
  return log
}

const standbyOf = (feed: ChangelogFeed): Standby =>
  new Standby({
    createOperator: () => new Counting(),
    openFeed: () => feed,
    clock: systemClock,
    turns: new StandbyTurns(systemClock, () => false),
    onTrouble: () => undefined,
  })

async function stateAt(log: Log, cut: number): Promise<StandbyState | undefined> {
  const standby = standbyOf(log.feed(cut))
  const done = standby.run()
  await expect.poll(() => standby.lagEntries, { interval: 1 }).toBe(0)
  const taken = standby.take()
  await done
  return taken
}

test('a takeover gives what a cold recovery gives, wherever the standby is in the changelog', async () => {
  const cold = await logOf(10, 23, 31, 44, RECORDS)
  const { length } = (await logOf(10, 23, 31, 44)).entries
  for (let cut = 0; cut <= length; cut += 1) {
    const log = await logOf(10, 23, 31, 44)
    const report = await run(log, RECORDS, await stateAt(log, cut))
    expect(report, `cut at ${cut}`).toMatchObject({ fromStandby: true, replayed: 0 })
    expect(log.outputs, `cut at ${cut}`).toEqual(cold.outputs)
    expect(log.entries.length, `cut at ${cut}`).toBe(cold.entries.length)
  }
})

test('a standby of a topic that was made anew, or that is ahead of its log, is thrown away', async () => {
  const cold = await logOf(10, 23, RECORDS)
  const recreated = await logOf(10, 23)
  const ofFormer = await stateAt(recreated, recreated.entries.length)
  recreated.topicId = 'changelog two'
  expect(await run(recreated, RECORDS, ofFormer)).toMatchObject({ fromStandby: false })
  expect(recreated.outputs).toEqual(cold.outputs)

  const longer = await logOf(10, 23, 40)
  const ahead = await stateAt(longer, longer.entries.length)
  const shorter = await logOf(10, 23)
  expect(await run(shorter, RECORDS, ahead)).toMatchObject({ fromStandby: false })
  expect(shorter.outputs).toEqual(cold.outputs)
})

test('a standby is taken in the middle of its reading, and once', async () => {
  const log = await logOf(10, 23)
  const standby = standbyOf({ ...log.feed(0), next: () => new Promise(() => undefined) })
  void standby.run()
  await expect.poll(() => standby.lagEntries, { interval: 1 }).not.toBe(0)
  await new Promise(setImmediate)
  const taken = standby.take()
  expect(taken?.position.offset).toBe(0)
  expect(standby.take()).toBeUndefined()
  expect(await run(log, RECORDS, taken)).toMatchObject({ fromStandby: true })
  expect(log.outputs).toEqual((await logOf(10, 23, RECORDS)).outputs)
})

test('a standby that cannot apply an entry has nothing to take, and says why', async () => {
  const log = await logOf(10)
  const troubles: unknown[] = []
  class Refusing extends Counting {
    override restore(): void {
      throw new Error('of a newer program')
    }
  }
  const standby = new Standby({
    createOperator: () => new Refusing(),
    openFeed: () => log.feed(log.entries.length),
    clock: systemClock,
    turns: new StandbyTurns(systemClock, () => false),
    onTrouble: (error) => troubles.push(error),
  })
  const done = standby.run()
  await expect.poll(() => troubles).toEqual([new Error('of a newer program')])
  expect(standby.take()).toBeUndefined()
  await done
})

test('a standby that was away while removals may have been forgotten is not trusted', async () => {
  const log = await logOf(10, 23)
  let nowMs = 0
  const standby = new Standby({
    createOperator: () => new Counting(),
    openFeed: () => log.feed(log.entries.length),
    clock: { ...systemClock, monotonicMs: () => nowMs },
    turns: new StandbyTurns(systemClock, () => false),
    onTrouble: () => undefined,
  })
  const done = standby.run()
  await expect.poll(() => standby.lagEntries, { interval: 1 }).toBe(0)
  nowMs += 600_000
  expect(standby.take()).toBeUndefined()
  await done
})
