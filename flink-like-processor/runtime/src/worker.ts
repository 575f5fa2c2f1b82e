import { must, type Logger, systemClock } from '@fintech-streams/service'
import { PARTITIONS } from '@fintech-streams/contracts'
import { findErrorBy } from '@platformatic/kafka'
import { type Operator } from '@fintech-streams/engine'
import { Assignment, type TopicPartition, type KafkaConnection, PartitionReader } from '@fintech-streams/kafka'
import { KafkaChangelog } from './kafka-changelog.ts'
import { KafkaTaskLog } from './kafka-task-log.ts'
import { type ProcessorMetrics } from './metrics.ts'
import { needsHelp } from './owner.ts'
import { type Running, Slots } from './slots.ts'
import { Standby, type StandbyState, StandbyTurns } from './standby.ts'
import { type ChangelogFeed, type TaskLog } from './task-log.ts'
import { Task, type TaskSettings } from './task.ts'

/** A stage: its source, its changelog, and the operator of each partition. */
export interface Stage {
  readonly name: string
  readonly sourceTopic: string
  readonly changelogTopic: string
  readonly createOperator: (partition: number) => Operator
}

/** What a worker needs of the broker. */
export interface WorkerBroker {
  readonly reader: Pick<PartitionReader, 'fetch' | 'topic' | 'endOffset' | 'committedOffset' | 'close'>
  readonly membership: Pick<Assignment, 'join' | 'giveWay' | 'close'>
  readonly taskLog: (stage: Stage, partition: number) => TaskLog
  readonly changelog: (stage: Stage, partition: number) => ChangelogFeed
}

export interface WorkerOptions {
  readonly groupId: string
  /** @param onAssigned is called with all partitions of this worker whenever they change. */
  readonly openBroker: (onAssigned: (partitions: TopicPartition[]) => void) => WorkerBroker
  readonly stages: readonly Stage[]
  readonly settings: TaskSettings
  /** Whether it follows the changelogs of all tasks that are not its own. */
  readonly standby?: boolean
  readonly metrics: ProcessorMetrics
  readonly logger: Logger
}

/** How long a broker may wait for the first byte of a fetch; a partition that becomes ready waits as long at most. */
const FETCH_WAIT_MS = 100
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 5_000
const GAUGES_EVERY_MS = 1_000
const TOPICS_EVERY_MS = 5_000
/** Tasks that read all of their state at once: one waits for the broker while the other one works. */
const COLD_RECOVERIES_MAX = 2
/** A worker that others wait for joins without its standbys after this long. */
const STANDBYS_WITHIN_MS = 300_000
const STANDBYS_LOOK_MS = 100
/** Fewer entries than this are read within a takeover: live tasks go on writing meanwhile. */
const STANDBY_LAG_MAX = 50_000

/** A partition of this worker: its task, replaced by a recovered one whenever it fails. */
class Slot implements Running {
  readonly stage: Stage
  readonly partition: number
  readonly stopping = new AbortController()
  /** Only while the task is live. */
  task: Task | undefined
  /** Why its task cannot go on until somebody does something. */
  stuck: string | undefined
  /** For its first task: after a failure nothing in memory is trusted. */
  standby: StandbyState | undefined
  done: Promise<void> = Promise.resolve()

  constructor(stage: Stage, partition: number, standby: StandbyState | undefined) {
    this.stage = stage
    this.partition = partition
    this.standby = standby
  }

  end(): void {
    this.stopping.abort()
    this.task?.stop()
  }
}

/** Kafka as a worker needs it. */
export function kafkaBroker(options: {
  readonly connection: KafkaConnection
  readonly groupId: string
  readonly instanceId: string
  readonly topics: readonly string[]
  readonly logger: Logger
}): WorkerOptions['openBroker'] {
  const { connection, groupId, topics } = options
  return (onAssigned) => ({
    reader: new PartitionReader(connection, groupId, topics),
    membership: new Assignment({ ...options, clock: systemClock, onAssigned }),
    taskLog: ({ name, sourceTopic, changelogTopic }, partition) =>
      new KafkaTaskLog({
        connection,
        groupId,
        transactionalId: `${groupId}-${name}-${partition}`,
        sourceTopic,
        changelogTopic,
        partition,
      }),
    changelog: ({ changelogTopic }, partition) =>
      new KafkaChangelog(new PartitionReader(connection, groupId, [changelogTopic]), changelogTopic, partition),
  })
}

/** One process of the processor: runs the tasks of the partitions that the group assigns to it. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #slots: Slots<Pick<Slot, 'stage' | 'partition'>, Slot>
  readonly #broker: WorkerBroker
  readonly #reader: WorkerBroker['reader']
  readonly #membership: WorkerBroker['membership']
  /** Each resolves when a recovery without a standby has ended. */
  readonly #recovering = new Set<Promise<void>>()
  readonly #standbyTurns: StandbyTurns
  /** By source partition, none of them this worker's. */
  readonly #standbys = new Map<string, { standby: Standby; stage: Stage; partition: number; done: Promise<void> }>()
  /** What is wrong with the topics themselves. */
  #topicTrouble: string | undefined
  #assigned = false
  #stopping = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#broker = options.openBroker((partitions) => this.#assign(partitions))
    this.#reader = this.#broker.reader
    this.#membership = this.#broker.membership
    this.#slots = new Slots(
      ({ stage, partition }) => this.#startSlot(stage, partition),
      ({ stage, partition }) => {
        options.metrics.forget(stage.name, partition)
        this.#followOthers()
      },
    )
    this.#standbyTurns = new StandbyTurns(systemClock, () => this.#slots.running.length > 0)
  }

  /** Whether every partition of this worker is processed live. */
  get isReady(): boolean {
    return this.notReady === undefined
  }

  /** Why it is not. */
  get notReady(): string | undefined {
    if (this.#topicTrouble !== undefined) return this.#topicTrouble
    if (!this.#assigned && this.#standbys.size > 0) return 'it reads the state of the others before it joins them'
    if (!this.#assigned) return 'the consumer group has not assigned its partitions yet'
    const waiting = this.#slots.wanted.flatMap(([id, slot]) =>
      slot?.task === undefined ? [slot?.stuck ?? `${id} is being recovered`] : [],
    )
    return waiting.length === 0 ? undefined : waiting.join('; ')
  }

  /** Runs until the signal aborts, then commits what is processed and leaves the group. */
  async run(signal: AbortSignal): Promise<void> {
    const gauges = setInterval(() => this.#reportGauges(), GAUGES_EVERY_MS)
    const stopped = aborted(signal)
    await Promise.race([this.#join(signal), stopped])
    const working = [this.#fetchLoop(), this.#watchTopics(signal)]
    await stopped
    this.#options.logger.info('stopping')
    this.#stopping = true
    for (const { standby } of this.#standbys.values()) standby.end()
    await this.#slots.close()
    await Promise.all([...working, ...[...this.#standbys.values()].map(({ done }) => done)])
    clearInterval(gauges)
    await Promise.allSettled([this.#membership.close(), this.#reader.close()])
  }

  /**
   * Joins the group. A worker with standbys reads them first while others process: joining takes partitions from them, and
   * each would stand still until its state is here.
   */
  async #join(signal: AbortSignal): Promise<void> {
    if (this.#options.standby === true && (await this.#hasOthers())) {
      this.#followOthers()
      const deadlineMs = systemClock.monotonicMs() + STANDBYS_WITHIN_MS
      const isBehind = (): boolean =>
        [...this.#standbys.values()].some(({ standby }) => standby.lagEntries > STANDBY_LAG_MAX)
      while (isBehind() && systemClock.monotonicMs() < deadlineMs && !signal.aborted) {
        await systemClock.sleep(STANDBYS_LOOK_MS, signal)
      }
    }
    if (!signal.aborted) await this.#membership.join()
  }

  async #hasOthers(): Promise<boolean> {
    try {
      return await this.#membership.giveWay()
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'cannot see who else is in the consumer group')
      return false
    }
  }

  /** Starts a standby of every task that is neither this worker's nor ending here. */
  #followOthers(): void {
    if (this.#options.standby !== true || this.#stopping) return
    const own = new Set([...this.#slots.wanted.map(([id]) => id), ...this.#slots.running.map(idOf)])
    for (const stage of this.#options.stages) {
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const id = idOf({ stage, partition })
        if (!own.has(id) && !this.#standbys.has(id)) this.#standbys.set(id, this.#startStandby(stage, partition))
      }
    }
  }

  #startStandby(stage: Stage, partition: number) {
    const standby = new Standby({
      createOperator: () => stage.createOperator(partition),
      openFeed: () => this.#broker.changelog(stage, partition),
      clock: systemClock,
      turns: this.#standbyTurns,
      onTrouble: (error) =>
        this.#options.logger.warn({ err: error, stage: stage.name, partition }, 'standby begins again'),
    })
    return { standby, stage, partition, done: standby.run() }
  }

  /** What the standby has; it ends. */
  #takeStandby(of: Pick<Slot, 'stage' | 'partition'>): StandbyState | undefined {
    const state = this.#standbys.get(idOf(of))?.standby.take()
    if (this.#standbys.delete(idOf(of))) this.#options.metrics.forgetStandby(of.stage.name, of.partition)
    return state
  }

  #assign(partitions: TopicPartition[]): void {
    if (this.#stopping) return
    this.#assigned = true
    const wanted = new Map(
      partitions.flatMap(({ topic, partition }) => {
        const stage = this.#options.stages.find(({ sourceTopic }) => sourceTopic === topic)
        return stage === undefined || partition >= PARTITIONS
          ? []
          : [[idOf({ stage, partition }), { stage, partition }]]
      }),
    )
    this.#slots.want(wanted)
    this.#followOthers()
    this.#options.logger.info({ partitions: [...wanted.keys()].sort() }, 'assigned')
  }

  #startSlot(stage: Stage, partition: number): Slot {
    const slot = new Slot(stage, partition, this.#takeStandby({ stage, partition }))
    slot.done = this.#keepRunning(slot)
    return slot
  }

  /** Recovers and runs the slot's task until the slot is released, again after every failure. */
  async #keepRunning(slot: Slot): Promise<void> {
    let retryMs = RETRY_MIN_MS
    while (!slot.stopping.signal.aborted) {
      const startedMs = systemClock.monotonicMs()
      const isCold = slot.standby === undefined
      const task = this.#createTask(slot)
      try {
        await (isCold ? this.#recoverInTurn(task) : task.recover())
        slot.task = task
        slot.stuck = undefined
        if (slot.stopping.signal.aborted) task.stop()
        await task.run()
      } catch (error) {
        this.#failed(slot, error)
      }
      slot.task = undefined
      await task.close()
      if (slot.stopping.signal.aborted) return
      retryMs =
        systemClock.monotonicMs() - startedMs > RETRY_MAX_MS ? RETRY_MIN_MS : Math.min(retryMs * 2, RETRY_MAX_MS)
      await systemClock.sleep(retryMs, slot.stopping.signal)
    }
  }

  /** With all state to read, in turn: the first partitions are live sooner, and the last ones no later. */
  async #recoverInTurn(task: Task): Promise<void> {
    while (this.#recovering.size >= COLD_RECOVERIES_MAX) await Promise.race(this.#recovering)
    const recovery = task.recover()
    const ended = recovery.then(
      () => undefined,
      () => undefined,
    )
    this.#recovering.add(ended)
    try {
      await recovery
    } finally {
      this.#recovering.delete(ended)
    }
  }

  #failed(slot: Slot, error: unknown): void {
    const { metrics, logger } = this.#options
    const { stage, partition } = slot
    metrics.failed(stage.name)
    if (!needsHelp(error)) {
      logger.warn({ err: error, stage: stage.name, partition }, 'task failed, recovering it from the log')
      return
    }
    if (slot.stuck !== error.message) logger.error({ err: error, stage: stage.name, partition }, error.message)
    slot.stuck = error.message
  }

  #createTask(slot: Slot): Task {
    const { stage, partition, standby } = slot
    slot.standby = undefined
    const { groupId, settings, metrics, logger } = this.#options
    return new Task({
      operator: stage.createOperator(partition),
      standby,
      log: this.#broker.taskLog(stage, partition),
      clock: systemClock,
      identity: { groupId, sourceTopic: stage.sourceTopic, partition },
      settings: { ...settings, checkpointLeadMs: (settings.checkpointIntervalMs * partition) / PARTITIONS },
      observer: {
        recovered: (report) => {
          metrics.recovered(stage.name, report)
          const told = { stage: stage.name, partition, ...report }
          if (report.lost === 0) logger.info(told, 'recovered')
          else
            logger.error(told, `retention took ${report.lost} offsets of ${stage.sourceTopic}/${partition} unprocessed`)
        },
        committed: (report) => metrics.committed(stage.name, report),
        checkpointed: (report) => metrics.checkpointed(stage.name, partition, report),
      },
    })
  }

  /** Reads for all live tasks that have room, one request a broker at a time. */
  async #fetchLoop(): Promise<void> {
    while (!this.#stopping) {
      const reading = this.#slots.running.filter(({ task }) => task?.hasRoom === true)
      if (reading.length === 0) {
        await systemClock.sleep(5)
        continue
      }
      try {
        await this.#fetch(reading)
      } catch (error) {
        if (this.#stopping) return
        this.#options.logger.warn({ err: error }, 'cannot read, trying again')
        for (const { task } of this.#slots.running) task?.sourceWasAway()
        // Retention took what a task was about to read: it goes on with the first record that is left.
        if (findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null) {
          for (const { task } of reading) task?.fail(error as Error)
        }
        await systemClock.sleep(RETRY_MIN_MS)
      }
    }
  }

  async #fetch(slots: readonly Slot[]): Promise<void> {
    const tasks = slots.map((slot) => slot.task!)
    const positions = slots.map((slot, at) => ({
      topic: slot.stage.sourceTopic,
      partition: slot.partition,
      offset: tasks[at]!.fetchOffset,
      // Another topic of this name has other records at the same offsets.
      topicId: must(tasks[at]!.topicId, 'the topic of a task that has recovered'),
    }))
    const responses = await this.#reader.fetch(positions, FETCH_WAIT_MS)
    for (const [at, slot] of slots.entries()) {
      const { topic, partition } = positions[at]!
      const response = responses.find((part) => part.topic === topic && part.partition === partition)
      // A task that was replaced meanwhile reads from elsewhere.
      if (slot.task !== tasks[at]) response?.release()
      else if (response !== undefined) tasks[at]!.offer(response, response.endOffset)
    }
  }

  #reportGauges(): void {
    for (const { standby, stage, partition } of this.#standbys.values()) {
      this.#options.metrics.standby(stage.name, partition, standby)
    }
    for (const { stage, partition, task } of this.#slots.running) {
      if (task === undefined) continue
      const { watermarkMs, stateEntries } = task.operator
      const { lagRecords, position } = task
      this.#options.metrics.gauges(stage.name, partition, { lagRecords, position, watermarkMs, stateEntries })
    }
  }

  /** Looks at the topics again and again: how many partitions they have, and how far each slot is behind their ends. */
  async #watchTopics(signal: AbortSignal): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#lookAtTopics()
      } catch (error) {
        this.#options.logger.debug({ err: error }, 'cannot look at the topics')
      }
      await systemClock.sleep(TOPICS_EVERY_MS, signal)
    }
  }

  async #lookAtTopics(): Promise<void> {
    const troubles: string[] = []
    for (const { sourceTopic } of this.#options.stages) {
      const { id, partitions } = await this.#reader.topic(sourceTopic)
      for (const { stage, task } of this.#slots.running) {
        if (stage.sourceTopic !== sourceTopic || task === undefined || task.topicId === id) continue
        // Its recovery says what to do.
        task.fail(new Error(`${sourceTopic} was deleted and created again`))
      }
      if (partitions === PARTITIONS) continue
      troubles.push(
        `${sourceTopic} has ${partitions} partitions, ${PARTITIONS} are supported: ` +
          `create it again with ${PARTITIONS} (npx fintech connectors delete --forget and apply bring its rows back)`,
      )
    }
    const trouble = troubles.length === 0 ? undefined : troubles.join('; ')
    if (trouble !== undefined && trouble !== this.#topicTrouble) this.#options.logger.error(trouble)
    this.#topicTrouble = trouble
    for (const slot of this.#slots.running) await this.#measureLag(slot)
  }

  /** From the log's end, also while the slot's task reads nothing. */
  async #measureLag({ stage, partition, task }: Slot): Promise<void> {
    const end = await this.#reader.endOffset(stage.sourceTopic, partition)
    if (task !== undefined) return task.sourceEndsAt(end)
    const position = (await this.#reader.committedOffset(stage.sourceTopic, partition)) ?? 0
    this.#options.metrics.progress(stage.name, partition, { lagRecords: Math.max(0, end - position), position })
  }
}

const idOf = ({ stage, partition }: Pick<Slot, 'stage' | 'partition'>): string => `${stage.sourceTopic}/${partition}`

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
