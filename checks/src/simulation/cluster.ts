import { type Headers, type SourceRecord } from '@fintech-streams/records'
import { type SourceState, type TaskLog, type TaskTransaction } from '@fintech-streams/processor'
import { type Random } from '../random.ts'
import { type Actor, type Scheduler } from './scheduler.ts'

type TransactionState = 'open' | 'committed' | 'aborted'

interface Transaction {
  state: TransactionState
}

export interface LogRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Headers | undefined
  readonly transaction: Transaction
  /** Takes an offset and carries nothing: the marker of a transaction's end. */
  readonly control: boolean
}

interface RecordToWrite {
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly value: string | null
}

/** What the simulated broker does wrong on purpose, to see that the checks notice. */
export interface BrokenGuards {
  /** Source offsets are committed by themselves, after the transaction. */
  readonly offsetsOutsideTransaction?: boolean
  /** A zombie's commit is accepted. */
  readonly noFencing?: boolean
}

/** Every await of a task, at each of which a process can die. */
export const AWAITS = [
  'the fence',
  'the committed offset',
  'the changelog',
  'the source',
  'the source in recovery',
  'a write',
  'the end of a transaction',
  'the answer to a commit',
  'the clock',
] as const
export type Await = (typeof AWAITS)[number]

const always: Transaction = { state: 'committed' }

/** A broker in memory: partitions, transactions with markers, transactional ids with epochs, committed offsets. */
export class Cluster {
  readonly #partitions = new Map<string, LogRecord[]>()
  readonly #epochs = new Map<string, number>()
  readonly #open = new Map<string, { transaction: Transaction; touched: Set<string> }>()
  readonly #offsets = new Map<string, number>()

  log(topic: string, partition: number): LogRecord[] {
    const id = `${topic}/${partition}`
    let log = this.#partitions.get(id)
    if (log === undefined) {
      log = []
      this.#partitions.set(id, log)
    }
    return log
  }

  append(
    topic: string,
    partition: number,
    record: { key: Buffer | null; value: Buffer | null; timestampMs: number; headers?: Headers | undefined },
    transaction: Transaction = always,
    control = false,
  ): void {
    const log = this.log(topic, partition)
    log.push({ ...record, offset: log.length, transaction, control })
  }

  /** The last stable offset: the first record of an open transaction, or the end. */
  stableEnd(topic: string, partition: number): number {
    const log = this.log(topic, partition)
    return log.find(({ transaction }) => transaction.state === 'open')?.offset ?? log.length
  }

  /** Committed records in `[from, to)`. */
  committed(topic: string, partition: number, from = 0, to = Infinity): LogRecord[] {
    const end = Math.min(to, this.stableEnd(topic, partition))
    return this.log(topic, partition)
      .slice(from, end)
      .filter(({ transaction, control }) => transaction.state === 'committed' && !control)
  }

  topicRecords(topic: string, partitions: number): LogRecord[] {
    return Array.from({ length: partitions }, (_, partition) => this.committed(topic, partition)).flat()
  }

  epoch(id: string): number {
    return this.#epochs.get(id) ?? 0
  }

  /** A new owner of a transactional id: the former one's open transaction is aborted. */
  initialise(id: string): number {
    this.end(id, 'aborted')
    const epoch = this.epoch(id) + 1
    this.#epochs.set(id, epoch)
    return epoch
  }

  write(id: string, output: RecordToWrite, nowMs: number) {
    let open = this.#open.get(id)
    if (open === undefined) {
      open = { transaction: { state: 'open' }, touched: new Set() }
      this.#open.set(id, open)
    }
    open.touched.add(`${output.topic}/${output.partition}`)
    const value = output.value === null ? null : Buffer.from(output.value)
    const record = { key: Buffer.from(output.key), value, timestampMs: nowMs }
    this.append(output.topic, output.partition, record, open.transaction)
  }

  end(id: string, state: 'committed' | 'aborted'): void {
    const open = this.#open.get(id)
    if (open === undefined) return
    this.#open.delete(id)
    open.transaction.state = state
    for (const touched of open.touched) {
      const [topic = '', partition = ''] = touched.split('/')
      this.append(topic, Number(partition), { key: null, value: null, timestampMs: 0 }, always, true)
    }
  }

  commitOffset(id: string, offset: number): void {
    this.#offsets.set(id, offset)
  }

  committedOffset(id: string): number | undefined {
    return this.#offsets.get(id)
  }
}

/** The faults that may happen to a commit, by their probability. */
export interface CommitFaults {
  /** The broker applied it, the client saw an error. */
  readonly lost: number
  /** The broker aborted it and said so. */
  readonly refused: number
}

export interface SimulatedTaskLogOptions {
  readonly cluster: Cluster
  readonly scheduler: Scheduler
  readonly random: Random
  readonly actor: Actor
  /** The transactional id. */
  readonly id: string
  readonly sourceTopic: string
  readonly changelogTopic: string
  readonly partition: number
  readonly faults: CommitFaults
  readonly broken: BrokenGuards
  /** Called with each thing that went wrong. */
  readonly onTrouble: (what: 'fenced' | 'lostCommits' | 'refusedCommits') => void
}

/** A task's log on the simulated broker. Every call waits for the scheduler, so a process can die at any of them. */
export class SimulatedTaskLog implements TaskLog {
  readonly #options: SimulatedTaskLogOptions
  #epoch = 0

  constructor(options: SimulatedTaskLogOptions) {
    this.#options = options
  }

  async #step(name: Await): Promise<void> {
    await this.#options.scheduler.step(this.#options.actor, name)
  }

  #checkFence(): void {
    const { cluster, id, broken, onTrouble } = this.#options
    if (broken.noFencing === true || cluster.epoch(id) === this.#epoch) return
    onTrouble('fenced')
    throw new Error('fenced by a newer owner')
  }

  async acquire(): Promise<number | undefined> {
    await this.#step('the fence')
    this.#epoch = this.#options.cluster.initialise(this.#options.id)
    await this.#step('the committed offset')
    return this.#options.cluster.committedOffset(this.#options.id)
  }

  async readChangelog(onEntry: (key: string, value: string | null) => void): Promise<void> {
    const { cluster, changelogTopic, partition } = this.#options
    await this.#inParts(cluster.committed(changelogTopic, partition), 'the changelog', ({ key, value }) => {
      onEntry(key!.toString(), value === null ? null : value.toString())
    })
  }

  async readSource(from: number, to: number, onRecord: (record: SourceRecord) => void): Promise<void> {
    const { cluster, sourceTopic, partition } = this.#options
    await this.#inParts(cluster.committed(sourceTopic, partition, from, to), 'the source in recovery', onRecord)
  }

  /** As fetches bring them, so that a process can die between two of them. */
  async #inParts<T>(records: readonly T[], name: Await, onRecord: (record: T) => void): Promise<void> {
    const cut = this.#options.random.whole(records.length + 1)
    for (const part of [records.slice(0, cut), records.slice(cut)]) {
      await this.#step(name)
      part.forEach(onRecord)
    }
  }

  async source(): Promise<SourceState> {
    await this.#step('the source')
    const { cluster, sourceTopic, partition } = this.#options
    return { topicId: sourceTopic, first: 0, end: cluster.stableEnd(sourceTopic, partition) }
  }

  async commit({ outputs, changelog, offset }: TaskTransaction): Promise<void> {
    const { cluster, id, random, faults, changelogTopic: topic, partition, broken, onTrouble } = this.#options
    await this.#writeAll([...outputs])
    await this.#writeAll([...changelog].map(({ key, value }) => ({ topic, partition, key, value })))
    await this.#step('the end of a transaction')
    this.#checkFence()
    const dice = random.next()
    if (dice < faults.refused) {
      cluster.end(id, 'aborted')
      await this.#step('the answer to a commit')
      onTrouble('refusedCommits')
      throw new Error('the broker aborted the transaction')
    }
    cluster.end(id, 'committed')
    if (broken.offsetsOutsideTransaction === true) await this.#step('the end of a transaction')
    cluster.commitOffset(id, offset)
    await this.#step('the answer to a commit')
    if (dice < faults.refused + faults.lost) {
      onTrouble('lostCommits')
      throw new Error('the connection broke before the answer')
    }
  }

  /** In two parts, so that a process can die between them. */
  async #writeAll(records: readonly RecordToWrite[]): Promise<void> {
    const { cluster, id, random, scheduler } = this.#options
    const cut = random.whole(records.length + 1)
    for (const part of [records.slice(0, cut), records.slice(cut)]) {
      await this.#step('a write')
      this.#checkFence()
      for (const record of part) cluster.write(id, record, scheduler.nowMs)
    }
  }

  async close(): Promise<void> {
    // The simulated broker keeps no connection.
  }
}
