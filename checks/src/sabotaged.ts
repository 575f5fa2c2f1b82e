import { kafkaOf, type Stack } from '@fintech-streams/local'
import { processorTopics, STAGES } from '@fintech-streams/contracts'
import { MergeOperator, SourceOperator } from '@fintech-streams/engine'
import { builtInJobs, loadRules, transactionStream } from '@fintech-streams/jobs'
import {
  type ChangelogPosition,
  type SourceState,
  KafkaTaskLog,
  Task,
  type TaskLog,
  type TaskTransaction,
} from '@fintech-streams/processor'
import { type CommittedOffset, PartitionReader } from '@fintech-streams/kafka'
import { type Clock, systemClock } from '@fintech-streams/service'
import { Admin } from '@platformatic/kafka'
import { type Random } from './random.ts'
import { type Sabotage } from './simulation/sabotage.ts'

type Stage = (typeof STAGES)[number]

/** Small commits, every third with a checkpoint: crashes find state to restore and records to replay. */
const SETTINGS = { commitIntervalMs: 0, checkpointIntervalMs: 3, commitRecordsMax: 60 }
const FETCH_WAIT_MS = 50
const AT_REST_WITHIN_MS = 20_000
const LIVES = 3
const COMMITS_PER_LIFE_MAX = 8
/** Records that a task is given at a time, so that a run has many commits. */
const SLICE = 40
/** Commits of the first life before it is stopped and becomes a zombie. */
const COMMITS_OF_ZOMBIE = 5
/** Commits of its successor before the zombie wakes up and tries its next commit. */
const COMMITS_UNTIL_AWAKE = 3
const POLL_MS = 5

const silent = { recovered: () => undefined, committed: () => undefined, checkpointed: () => undefined }

/** Creates the processor's topics with one partition each; existing ones are recreated. */
export async function freshTopics(stack: Stack, jobIds: readonly string[]): Promise<void> {
  const admin = new Admin({ ...kafkaOf(stack, 'e2e'), retries: 20, retryDelay: 100 })
  try {
    const topics = processorTopics(jobIds).map(({ name }) => name)
    const existing = new Set(await admin.listTopics())
    const old = topics.filter((name) => existing.has(name))
    if (old.length > 0) await admin.deleteTopics({ topics: old })
    await admin.createTopics({ topics, partitions: 1, replicas: 1 })
  } finally {
    await admin.close()
  }
}

/** A process that can be killed: from then on nothing that it waits for ever comes. */
class Life {
  /** Transactions that were committed in it. */
  commits = 0
  #isOver = false
  readonly #commitsMax: number
  readonly #rest: (commits: number) => Promise<void>

  /**
   * @param commitsMax after how many commits it dies; never, when infinite.
   * @param rest what it waits for after each of them.
   */
  constructor(commitsMax: number, rest: (commits: number) => Promise<void> = async () => undefined) {
    this.#commitsMax = commitsMax
    this.#rest = rest
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Goes on, unless this was the last commit of this life. */
  async afterCommit(): Promise<void> {
    this.commits += 1
    if (this.commits >= this.#commitsMax) this.#isOver = true
    await this.#rest(this.commits)
    await this.alive()
  }

  /** Time goes on with the commits and by nothing else, so that checkpoints fall where they would on any machine. */
  get clock(): Clock {
    return {
      nowMs: () => this.commits,
      monotonicMs: () => this.commits,
      sleep: (ms, signal) => systemClock.sleep(ms, signal),
    }
  }

  alive(): Promise<void> {
    return this.#isOver ? new Promise(() => undefined) : Promise.resolve()
  }
}

/** A task's log in the real Kafka, with a guard taken away and a life that ends in the middle of a commit. */
class SabotagedLog implements TaskLog {
  readonly #inner: KafkaTaskLog
  readonly #life: Life
  readonly #sabotage: Partial<Sabotage>
  /** Commits an offset by itself. */
  readonly #commitOffset: (offset: number) => Promise<void>
  #committed: CommittedOffset = { offset: 0, leaderEpoch: null }

  constructor(options: {
    inner: KafkaTaskLog
    life: Life
    sabotage: Partial<Sabotage>
    commitOffset: (offset: number) => Promise<void>
  }) {
    this.#inner = options.inner
    this.#life = options.life
    this.#sabotage = options.sabotage
    this.#commitOffset = options.commitOffset
  }

  async acquire(): Promise<CommittedOffset | undefined> {
    const committed = await this.#inner.acquire()
    await this.#life.alive()
    if (committed !== undefined) this.#committed = committed
    return committed
  }

  holdsChangelog(position: ChangelogPosition): Promise<boolean> {
    return this.#inner.holdsChangelog(position)
  }

  async readChangelog(...args: Parameters<TaskLog['readChangelog']>): Promise<void> {
    await this.#inner.readChangelog(...args)
    await this.#life.alive()
  }

  async readSource(...args: Parameters<TaskLog['readSource']>): Promise<void> {
    await this.#inner.readSource(...args)
    await this.#life.alive()
  }

  source(): Promise<SourceState> {
    return this.#inner.source()
  }

  epochEnd(leaderEpoch: number): Promise<number | undefined> {
    return this.#inner.epochEnd(leaderEpoch)
  }

  async commit(transaction: TaskTransaction): Promise<void> {
    await this.#life.alive()
    const { noFencing, offsetsOutsideTransaction } = this.#sabotage.broken ?? {}
    // Whoever takes the fence back is not held off by it.
    if (noFencing === true) await this.#inner.acquire()
    if (offsetsOutsideTransaction === true) {
      await this.#inner.commit({ ...transaction, position: this.#committed })
      await this.#life.afterCommit()
      await this.#commitOffset(transaction.position.offset)
    } else {
      await this.#inner.commit(transaction)
      await this.#life.afterCommit()
    }
    this.#committed = transaction.position
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

/**
 * Runs the real engine and tasks on the real Kafka over what the source topic holds, each of them killed and recovered
 * between a transaction and its answer, and a zombie beside the last: with nothing sabotaged every result is right.
 */
export async function runSabotaged(
  stack: Stack,
  group: string,
  sabotage: Partial<Sabotage>,
  random: Random,
): Promise<void> {
  const repair = sabotage.install?.()
  try {
    for (const stage of STAGES) await new StageRun(stack, group, stage, sabotage, random).run()
  } finally {
    repair?.()
  }
}

/** One stage's only partition, from its first life to its last. */
class StageRun {
  readonly #stack: Stack
  readonly #group: string
  readonly #stage: Stage
  readonly #sabotage: Partial<Sabotage>
  readonly #random: Random
  readonly #reader: PartitionReader
  readonly #admin: Admin
  readonly #jobs = builtInJobs(loadRules())

  constructor(stack: Stack, group: string, stage: Stage, sabotage: Partial<Sabotage>, random: Random) {
    this.#stack = stack
    this.#group = group
    this.#stage = stage
    this.#sabotage = sabotage
    this.#random = random
    this.#reader = new PartitionReader(this.#connection, group, [stage.sourceTopic])
    this.#admin = new Admin(this.#connection)
  }

  get #connection() {
    return kafkaOf(this.#stack, 'e2e')
  }

  async run(): Promise<void> {
    try {
      for (let n = 1; n < LIVES; n += 1) await this.#live(new Life(2 + this.#random.whole(COMMITS_PER_LIFE_MAX)))
      await this.#withZombie()
    } finally {
      await this.#reader.close()
      await this.#admin.close()
    }
  }

  /** One is stopped and its successor goes on; then it wakes up and does not know that another one has its partition. */
  async #withZombie(): Promise<void> {
    const ended = new Set<Life>()
    const hasDone = (life: Life, commits: number): boolean => ended.has(life) || life.commits >= commits
    const zombie: Life = new Life(Infinity, async (commits) => {
      if (commits === COMMITS_OF_ZOMBIE) await until(() => hasDone(successor, COMMITS_UNTIL_AWAKE))
    })
    const successor: Life = new Life(Infinity, async (commits) => {
      if (commits === COMMITS_UNTIL_AWAKE) await until(() => hasDone(zombie, COMMITS_OF_ZOMBIE + 1))
    })
    const awake = this.#once(zombie, Date.now() + AT_REST_WITHIN_MS).finally(() => ended.add(zombie))
    await until(() => hasDone(zombie, COMMITS_OF_ZOMBIE))
    await Promise.all([awake, this.#live(successor).finally(() => ended.add(successor))])
  }

  /** Recovers and processes to the end of the source, or of the life; again after an error, as a worker does. */
  async #live(life: Life): Promise<void> {
    const deadlineMs = Date.now() + AT_REST_WITHIN_MS
    while (!life.isOver && Date.now() < deadlineMs && !(await this.#once(life, deadlineMs)));
  }

  /** @returns whether it came to the end of the source, and was not fenced. */
  async #once(life: Life, deadlineMs: number): Promise<boolean> {
    const task = this.#createTask(life)
    try {
      return await this.#processAll(task, life, deadlineMs)
    } catch {
      return false
    } finally {
      await task.close()
    }
  }

  /** @returns whether the source has been processed to its end. */
  async #processAll(task: Task, life: Life, deadlineMs: number): Promise<boolean> {
    const dead = untilDead(life)
    await Promise.race([task.recover(), dead])
    let failure: unknown
    const running = task.run().catch((error: unknown) => (failure = error))
    const { sourceTopic: topic } = this.#stage
    const end = await this.#reader.endOffset(topic, 0)
    while (!life.isOver && failure === undefined && Date.now() < deadlineMs) {
      if ((await this.#reader.committedOffset(topic, 0)) === end) break
      if (!task.hasRoom) {
        await systemClock.sleep(5)
        continue
      }
      const [read] = await this.#reader.fetch([{ topic, partition: 0, offset: task.fetchOffset }], FETCH_WAIT_MS)
      if (read === undefined) continue
      const slice = read.records.slice(0, SLICE)
      const next = slice.length < read.records.length ? slice.at(-1)!.offset + 1 : read.nextOffset
      task.offer({ records: slice, nextOffset: next, leaderEpoch: read.leaderEpoch }, read.endOffset)
    }
    task.stop()
    await Promise.race([running, dead])
    if (failure !== undefined) throw new Error('the task failed', { cause: failure })
    return !life.isOver
  }

  async #commitOffset(topic: string, offset: number): Promise<void> {
    const partitionOffsets = [{ partition: 0, offset: BigInt(offset) }]
    await this.#admin.alterConsumerGroupOffsets({ groupId: this.#group, topics: [{ name: topic, partitionOffsets }] })
  }

  #createTask(life: Life): Task {
    const { name, sourceTopic, changelogTopic } = this.#stage
    const operator =
      name === 'source'
        ? new SourceOperator({ ...transactionStream(), jobs: this.#jobs, partition: 0, outputPartitions: 1 })
        : new MergeOperator({ jobs: this.#jobs, partition: 0, sourcePartitions: 1 })
    const log = new KafkaTaskLog({
      connection: this.#connection,
      groupId: this.#group,
      transactionalId: `${this.#group}-${name}`,
      sourceTopic,
      changelogTopic,
      partition: 0,
    })
    return new Task({
      operator: this.#sabotage.wrap?.(operator) ?? operator,
      log: new SabotagedLog({
        inner: log,
        life,
        sabotage: this.#sabotage,
        commitOffset: (offset) => this.#commitOffset(sourceTopic, offset),
      }),
      clock: life.clock,
      identity: { groupId: this.#group, sourceTopic, partition: 0 },
      settings: SETTINGS,
      observer: silent,
    })
  }
}

const untilDead = (life: Life): Promise<void> => until(() => life.isOver)

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await systemClock.sleep(POLL_MS)
}
