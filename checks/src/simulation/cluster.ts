import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type Headers, type SourceRecord } from '@fintech-streams/records'
import { type CommittedOffset } from '@fintech-streams/kafka'
import {
  type ChangelogFeed,
  type ChangelogPart,
  type ChangelogPosition,
  type SourceState,
  type TaskLog,
  type TaskTransaction,
} from '@fintech-streams/processor'
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
  readonly leaderEpoch: number
  /** Takes an offset and carries nothing: the marker of a transaction's end. */
  readonly control: boolean
}

interface RecordToWrite {
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly value: Buffer | null
}

/** What the simulated broker does wrong on purpose, to see that the checks notice. */
export interface BrokenGuards {
  /** Source offsets are committed by themselves, after the transaction. */
  readonly offsetsOutsideTransaction?: boolean
  /** A zombie's commit is accepted. */
  readonly noFencing?: boolean
  /** Nobody hears that a log has lost its end. */
  readonly cutsUnnoticed?: boolean
  /** A group whose offsets are forgotten goes on at its last checkpoint. */
  readonly forgottenOffsetsUnnoticed?: boolean
  /** A standby is taken as it is, without the changelog's end. */
  readonly standbysNotReadOn?: boolean
  /** A damaged batch has the checksum of what it has become. */
  readonly noChecksums?: boolean
}

/** Every await of a task, at each of which a process can die. */
export const AWAITS = [
  'the fence',
  'the committed offset',
  'the changelog',
  'the ends of the changelog',
  'the source',
  'the end of an epoch',
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
  readonly #offsets = new Map<string, CommittedOffset>()
  /** By partition, where the records of each leader's epoch begin. */
  readonly #leaders = new Map<string, number[]>()
  #deletions = 0

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
    const leaderEpoch = this.#leadersOf(topic, partition).length
    log.push({ ...record, offset: log.length, transaction, control, leaderEpoch })
  }

  #leadersOf(topic: string, partition: number): readonly number[] {
    return this.#leaders.get(`${topic}/${partition}`) ?? []
  }

  /** A log loses its end, as in a power cut, and its leader is elected again. @returns the committed records that it lost. */
  cut(topic: string, partition: number, offset: number): LogRecord[] {
    const lost = this.committed(topic, partition, offset)
    this.log(topic, partition).length = offset
    this.#leaders.set(`${topic}/${partition}`, [...this.#leadersOf(topic, partition), offset])
    return lost
  }

  /** Where the records of a leader's epoch end; a later cut may have taken more of them. */
  epochEnd(topic: string, partition: number, leaderEpoch: number): number {
    const later = this.#leadersOf(topic, partition).slice(leaderEpoch)
    return Math.min(this.stableEnd(topic, partition), ...later)
  }

  /** Tells a topic from a former one of its name. */
  topicId(topic: string): string {
    return `${topic} ${topic === TRANSACTIONS_TOPIC ? 0 : this.#deletions}`
  }

  /** Forgets what groups have committed. */
  forgetOffsets(): void {
    this.#offsets.clear()
  }

  /** Deletes every topic but the source, and with them the offsets. */
  reset(): void {
    this.#deletions += 1
    this.forgetOffsets()
    this.#open.clear()
    for (const id of this.#partitions.keys()) if (!id.startsWith(`${TRANSACTIONS_TOPIC}/`)) this.#partitions.delete(id)
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

  commitOffset(id: string, position: CommittedOffset): void {
    this.#offsets.set(id, position)
  }

  committedOffset(id: string): CommittedOffset | undefined {
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

  async acquire(): Promise<CommittedOffset | undefined> {
    const { cluster, id, broken } = this.#options
    await this.#step('the fence')
    this.#epoch = cluster.initialise(id)
    await this.#step('the committed offset')
    const committed = cluster.committedOffset(id)
    return committed === undefined && broken.forgottenOffsetsUnnoticed === true ? this.#checkpoint() : committed
  }

  #checkpoint(): CommittedOffset | undefined {
    const { cluster, changelogTopic, partition } = this.#options
    const marker = cluster.committed(changelogTopic, partition).findLast(({ key }) => key?.toString() === 'marker')
    if (marker === undefined) return undefined
    return { offset: (JSON.parse(String(marker.value)) as { offset: number }).offset, leaderEpoch: null }
  }

  async holdsChangelog({ topicId, offset }: ChangelogPosition): Promise<boolean> {
    await this.#step('the ends of the changelog')
    const { cluster, changelogTopic, partition } = this.#options
    return topicId === cluster.topicId(changelogTopic) && offset <= cluster.stableEnd(changelogTopic, partition)
  }

  async readChangelog(onEntry: (key: string, value: Buffer | null) => void, from = 0): Promise<void> {
    const { cluster, changelogTopic, partition, broken } = this.#options
    if (from > 0 && broken.standbysNotReadOn === true) return
    await this.#inParts(cluster.committed(changelogTopic, partition, from), 'the changelog', ({ key, value }) => {
      onEntry(key!.toString(), value)
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
    const { cluster, sourceTopic, partition, broken } = this.#options
    const end = broken.cutsUnnoticed === true ? Infinity : cluster.stableEnd(sourceTopic, partition)
    return { topicId: cluster.topicId(sourceTopic), first: 0, end }
  }

  async epochEnd(leaderEpoch: number): Promise<number | undefined> {
    await this.#step('the end of an epoch')
    const { cluster, sourceTopic, partition, broken } = this.#options
    return broken.cutsUnnoticed === true ? undefined : cluster.epochEnd(sourceTopic, partition, leaderEpoch)
  }

  async commit({ outputs, changelog, position }: TaskTransaction): Promise<void> {
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
    cluster.commitOffset(id, position)
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

/** How often a standby that has read everything looks again. */
const FEED_WAIT_MS = 300
const FEED_RECORDS_MAX = 40

export interface SimulatedChangelogOptions extends Pick<
  SimulatedTaskLogOptions,
  'cluster' | 'scheduler' | 'random' | 'actor' | 'partition'
> {
  readonly topic: string
}

/** A changelog as a standby of another process reads it, in slices that end anywhere. */
export class SimulatedChangelog implements ChangelogFeed {
  readonly #options: SimulatedChangelogOptions

  constructor(options: SimulatedChangelogOptions) {
    this.#options = options
  }

  async begin(): Promise<ChangelogPosition> {
    const { scheduler, actor, cluster, topic } = this.#options
    await scheduler.step(actor, 'the changelog of another')
    return { topicId: cluster.topicId(topic), first: 0, offset: 0, leaderEpoch: null }
  }

  async next(from: ChangelogPosition): Promise<ChangelogPart> {
    const { scheduler, actor, cluster, topic, partition, random } = this.#options
    if (from.offset >= cluster.stableEnd(topic, partition)) await scheduler.clockOf(actor).sleep(FEED_WAIT_MS)
    else await scheduler.step(actor, 'the changelog of another')
    const endOffset = cluster.stableEnd(topic, partition)
    if (from.topicId !== cluster.topicId(topic)) throw new Error('the changelog was deleted and created again')
    if (from.offset > endOffset) throw new Error('the offset is out of range')
    const offset = Math.max(from.offset, Math.min(endOffset, from.offset + 1 + random.whole(FEED_RECORDS_MAX)))
    return { entries: cluster.committed(topic, partition, from.offset, offset), next: { ...from, offset }, endOffset }
  }

  async close(): Promise<void> {
    // The simulated broker keeps no connection.
  }
}
