import { describe, expect, it } from 'vitest'
import { type Operator, OperatorCounts } from '@fintech-streams/engine'
import {
  type SourceRecord,
  OutputBuffer,
  type RecordBuffer,
  type WrittenOutput,
  type WrittenRecord,
} from '@fintech-streams/records'
import { type CommittedOffset } from '@fintech-streams/kafka'
import { type Owner, OWNER_KEY } from './owner.ts'
import { type RecoveryReport, Task, type TaskSettings } from './task.ts'
import { type Clock, OperatingError, systemClock } from '@fintech-streams/service'
import { type TaskLog, type TaskTransaction } from './task-log.ts'

/** An operator that notes what it is told, and writes each record's offset. */
class Recorder implements Operator {
  readonly watermarkMs = 0
  readonly stateEntries = 0
  readonly outputs = new OutputBuffer()
  readonly calls: string[] = []
  readonly #position: { offset: number } | undefined

  constructor(position?: { offset: number }) {
    this.#position = position
  }

  process({ offset }: SourceRecord): void {
    this.calls.push(`process ${offset}`)
    this.outputs.add({ topic: 'out', partition: 0, key: String(offset), value: String(offset) })
  }

  takeCounts = () => new OperatorCounts()
  checkpoint = (offset: number, changelog: RecordBuffer) => changelog.add({ key: 'marker', value: String(offset) })
  idle = () => []
  restore = () => undefined
  restored = () => this.#position
  replayed = (offset: number) => void this.calls.push(`replayed ${offset}`)
}

/** A log whose source has the records from `first` to `end`. */
class Log implements TaskLog {
  readonly commits: { outputs: WrittenOutput[]; changelog: WrittenRecord[]; position: CommittedOffset }[] = []
  readonly #committed: CommittedOffset | undefined
  readonly #first: number
  failing = false
  topicId = 'topic one'
  end = 1_000
  owner: Owner | undefined
  /** Where the records of epoch 3 end, once there is a later one. */
  cutAt: number | undefined

  constructor(options: { committed?: number; first?: number }) {
    const { committed: offset } = options
    this.#committed = offset === undefined ? undefined : { offset, leaderEpoch: 3 }
    this.#first = options.first ?? 0
  }

  acquire = () => Promise.resolve(this.#committed)
  readChangelog = async (onEntry: (key: string, value: Buffer | null) => void) => {
    if (this.owner !== undefined) onEntry(OWNER_KEY, Buffer.from(JSON.stringify(this.owner)))
  }
  holdsChangelog = () => Promise.resolve(false)
  source = () => Promise.resolve({ topicId: this.topicId, first: this.#first, end: this.end })
  epochEnd = (leaderEpoch: number) => Promise.resolve(leaderEpoch === 3 ? (this.cutAt ?? this.end) : undefined)
  close = () => Promise.resolve()

  readSource(from: number, to: number, onRecord: (record: SourceRecord) => void): Promise<void> {
    if (from < this.#first && from < to) throw new Error('offset out of range')
    for (let offset = from; offset < to; offset += 1) onRecord(record(offset))
    return Promise.resolve()
  }

  commit({ outputs, changelog, position }: TaskTransaction): Promise<void> {
    if (this.failing) return Promise.reject(new Error('no answer'))
    this.commits.push({ outputs: [...outputs], changelog: [...changelog], position })
    return Promise.resolve()
  }
}

const record = (offset: number): SourceRecord => ({ offset, timestampMs: 0, key: null, value: null })

const SETTINGS: TaskSettings = { commitIntervalMs: 1, checkpointIntervalMs: 60_000, commitRecordsMax: 100 }

function createTask(
  operator: Operator,
  log: TaskLog,
  settings = SETTINGS,
  clock: Clock = systemClock,
  recovered: (report: RecoveryReport) => void = () => undefined,
): Task {
  return new Task({
    operator,
    log,
    clock,
    settings,
    identity: { groupId: 'group', sourceTopic: 'source', partition: 3 },
    observer: { recovered, committed: () => undefined, checkpointed: () => undefined },
  })
}

describe('recovery', () => {
  it('starts at the first record when there is nothing to recover', async () => {
    const operator = new Recorder()
    const task = createTask(operator, new Log({ first: 7 }))
    await task.recover()
    expect(operator.calls).toEqual(['replayed 7'])
    expect(task.fetchOffset).toBe(7)
  })

  it('replays to the committed offset, and writes none of it', async () => {
    const operator = new Recorder({ offset: 5 })
    const log = new Log({ committed: 8 })
    const task = createTask(operator, log)
    await task.recover()
    expect(operator.calls).toEqual(['process 5', 'process 6', 'process 7', 'replayed 8'])
    expect(task.fetchOffset).toBe(8)
    task.stop()
    await task.run()
    expect(log.commits.flatMap(({ outputs }) => outputs)).toEqual([])
  })

  it.each([
    ['those before it', { committed: 8, first: 20 }, 12],
    ['what it had processed', { committed: 20, first: 20 }, 0],
    ['what it replays', { committed: 20, first: 12 }, 0],
    ['what was there before its first start', { first: 12 }, 0],
  ])('goes on with the first record that is left when retention took %s, and tells the loss', async (_, of, lost) => {
    const operator = new Recorder('committed' in of ? { offset: 5 } : undefined)
    const reports: RecoveryReport[] = []
    const task = createTask(operator, new Log(of), SETTINGS, systemClock, (report) => reports.push(report))
    await task.recover()
    expect(task.fetchOffset).toBe(Math.max(of.first, 'committed' in of ? of.committed : 0))
    expect(reports.map((report) => report.lost)).toEqual([lost])
  })
})

describe('a recovery that must not go on', () => {
  const owner: Owner = { groupId: 'group', topicId: 'topic one' }
  const recovery = async (log: Log, checkpoint?: number): Promise<string> => {
    const operator = new Recorder(checkpoint === undefined ? undefined : { offset: checkpoint })
    const error: unknown = await createTask(operator, log)
      .recover()
      .catch((reason: unknown) => reason)
    expect(operator.calls.filter((call) => call.startsWith('process'))).toEqual([])
    return error instanceof OperatingError ? error.code : 'recovered'
  }

  it.each([
    ['a source that ends before the committed offset', { committed: 1_001 }, undefined, 'source_cut_short'],
    ['a source that ends before the checkpoint', { committed: 900 }, 1_200, 'source_cut_short'],
    ['forgotten offsets', {}, 5, 'offsets_forgotten'],
    ['offsets that were forgotten before a checkpoint', {}, undefined, 'offsets_forgotten'],
    ['nothing wrong, at the very end', { committed: 1_000 }, 1_000, 'recovered'],
  ])('%s', async (_, options: { committed?: number }, checkpoint, code) => {
    const log = new Log(options)
    log.owner = owner
    expect(await recovery(log, checkpoint)).toBe(code)
  })

  it('a first start goes on', async () => {
    expect(await recovery(new Log({}))).toBe('recovered')
  })

  it('a source that lost its end and has grown beyond the committed offset since', async () => {
    const log = new Log({ committed: 900 })
    log.cutAt = 899
    expect(await recovery(log, 700)).toBe('source_cut_short')
    log.cutAt = 900
    expect(await createTask(new Recorder({ offset: 700 }), log).recover()).toBeUndefined()
  })

  it('another topic of the same name, and another group’s state', async () => {
    const recreated = new Log({ committed: 5 })
    recreated.owner = { ...owner, topicId: 'topic zero' }
    expect(await recovery(recreated, 5)).toBe('source_recreated')
    const foreign = new Log({ committed: 5 })
    foreign.owner = { ...owner, groupId: 'another' }
    expect(await recovery(foreign, 5)).toBe('other_group')
  })
})

describe('a run', () => {
  it('commits what it processed with the offset after it, and a last checkpoint when it is stopped', async () => {
    const log = new Log({})
    const task = createTask(new Recorder(), log)
    await task.recover()
    task.offer({ records: [record(0), record(1)], nextOffset: 3, leaderEpoch: 3 }, 3)
    task.stop()
    await task.run()
    expect(log.commits).toEqual([
      {
        outputs: ['0', '1'].map((value) => ({ topic: 'out', partition: 0, key: value, value: Buffer.from(value) })),
        changelog: [
          { key: 'marker', value: Buffer.from('3') },
          { key: OWNER_KEY, value: Buffer.from(JSON.stringify({ groupId: 'group', topicId: 'topic one' })) },
        ],
        position: { offset: 3, leaderEpoch: 3 },
      },
    ])
  })

  it('ends with the error of a commit, and with a reason given from outside', async () => {
    const log = new Log({})
    log.failing = true
    const failing = createTask(new Recorder(), log)
    await failing.recover()
    failing.offer({ records: [record(0)], nextOffset: 1, leaderEpoch: 3 }, 1)
    await expect(failing.run()).rejects.toThrow('no answer')

    const told = createTask(new Recorder(), new Log({}))
    await told.recover()
    const run = told.run()
    told.fail(new Error('the source is not what it was'))
    await expect(run).rejects.toThrow('the source is not what it was')
  })

  it('ends when another leader’s records come and the former one’s end before what it has processed', async () => {
    const log = new Log({ committed: 5 })
    const task = createTask(new Recorder(), log)
    await task.recover()
    const run = task.run()
    task.offer({ records: [record(5)], nextOffset: 6, leaderEpoch: 3 }, 6)
    log.cutAt = 6
    task.offer({ records: [record(6)], nextOffset: 7, leaderEpoch: 4 }, 7)
    await expect.poll(() => log.commits.at(-1)?.position).toEqual({ offset: 7, leaderEpoch: 4 })
    task.stop()
    await run

    const cut = createTask(new Recorder(), log)
    await cut.recover()
    const running = cut.run()
    log.cutAt = 4
    cut.offer({ records: [record(5)], nextOffset: 6, leaderEpoch: 5 }, 6)
    await expect(running).rejects.toThrow('lost its end, from offset 4 on')
    expect(log.commits.at(-1)?.position.leaderEpoch).toBe(4)
  })

  it('ends when the source comes back without its end, also where it is as long again', async () => {
    const log = new Log({ committed: 5 })
    const task = createTask(new Recorder(), log)
    await task.recover()
    log.cutAt = 4
    log.end = 5
    task.sourceWasAway()
    task.stop()
    await expect(task.run()).rejects.toThrow('lost its end, from offset 4 on')
  })

  it('releases what it read when that is processed, or was nothing new', async () => {
    const operator = new Recorder()
    const task = createTask(operator, new Log({}))
    await task.recover()
    const release = (name: string) => () => void operator.calls.push(`released ${name}`)
    task.offer({ records: [record(0)], nextOffset: 1, leaderEpoch: 3, release: release('first') }, 1)
    task.offer({ records: [], nextOffset: 1, leaderEpoch: 3, release: release('nothing') }, 1)
    task.stop()
    await task.run()
    expect(operator.calls).toEqual(['replayed 0', 'released nothing', 'process 0', 'released first'])
  })

  it('saves its state every interval, the first time earlier by its lead', async () => {
    let nowMs = 0
    const clock: Clock = {
      nowMs: () => 0,
      monotonicMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
        if (nowMs >= 200_000) task.stop()
      },
    }
    const saved: number[] = []
    const operator = new Recorder()
    operator.checkpoint = () => void saved.push(nowMs)
    const task = createTask(operator, new Log({}), { ...SETTINGS, checkpointLeadMs: 45_000 }, clock)
    await task.recover()
    await task.run()
    expect(saved).toEqual([15_000, 75_000, 135_000, 195_000, 200_000])
  })

  it('commits on when the wall clock is set back by an hour', async () => {
    let wallMs = 3_600_000
    const clock: Clock = { ...systemClock, nowMs: () => wallMs }
    const log = new Log({})
    const task = createTask(new Recorder(), log, SETTINGS, clock)
    await task.recover()
    const running = task.run()
    task.offer({ records: [record(0)], nextOffset: 1, leaderEpoch: 3 }, 1)
    await expect.poll(() => log.commits.length).toBe(1)
    wallMs = 0
    task.offer({ records: [record(1)], nextOffset: 2, leaderEpoch: 3 }, 2)
    await expect.poll(() => log.commits.length).toBe(2)
    task.stop()
    await running
  })

  it('takes no more than two commits of records at once', async () => {
    const task = createTask(new Recorder(), new Log({}))
    await task.recover()
    expect(task.hasRoom).toBe(true)
    const batch = Array.from({ length: 200 }, (_, offset) => record(offset))
    task.offer({ records: batch, nextOffset: 200, leaderEpoch: 3 }, 500)
    expect(task.hasRoom).toBe(false)
    expect(task.fetchOffset).toBe(200)
  })
})
