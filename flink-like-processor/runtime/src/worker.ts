import { type Logger, systemClock } from '@fintech-streams/service'
import { PARTITIONS } from '@fintech-streams/contracts'
import { findErrorBy } from '@platformatic/kafka'
import { type Operator } from '@fintech-streams/engine'
import { Assignment, type TopicPartition, type KafkaConnection, PartitionReader } from '@fintech-streams/kafka'
import { KafkaTaskLog } from './kafka-task-log.ts'
import { type ProcessorMetrics } from './metrics.ts'
import { Task, type TaskSettings } from './task.ts'

/** A stage: its source, its changelog, and the operator of each partition. */
export interface Stage {
  readonly name: string
  readonly sourceTopic: string
  readonly changelogTopic: string
  readonly createOperator: (partition: number) => Operator
}

export interface WorkerOptions {
  readonly connection: KafkaConnection
  readonly groupId: string
  readonly instanceId: string
  readonly stages: readonly Stage[]
  readonly settings: TaskSettings
  readonly metrics: ProcessorMetrics
  readonly logger: Logger
}

/** How long a broker may wait for the first byte of a fetch; a partition that becomes ready waits as long at most. */
const FETCH_WAIT_MS = 100
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 5_000
const GAUGES_EVERY_MS = 1_000

/** A partition of this worker: its task, replaced by a recovered one whenever it fails. */
class Slot {
  readonly stage: Stage
  readonly partition: number
  readonly stopping = new AbortController()
  /** Only while the task is live. */
  task: Task | undefined
  done: Promise<void> = Promise.resolve()

  constructor(stage: Stage, partition: number) {
    this.stage = stage
    this.partition = partition
  }
}

/** One process of the processor: runs the tasks of the partitions that the group assigns to it. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #slots = new Map<string, Slot>()
  readonly #reader: PartitionReader
  readonly #assignment: Assignment
  #assigned = false
  #stopping = false

  constructor(options: WorkerOptions) {
    this.#options = options
    const topics = options.stages.map(({ sourceTopic }) => sourceTopic)
    this.#reader = new PartitionReader(options.connection, options.groupId, topics)
    this.#assignment = new Assignment({
      connection: options.connection,
      groupId: options.groupId,
      topics,
      instanceId: options.instanceId,
      clock: systemClock,
      logger: options.logger,
      onAssigned: (partitions) => this.#assign(partitions),
    })
  }

  /** Whether every partition of this worker is processed live. */
  get isReady(): boolean {
    return this.#assigned && [...this.#slots.values()].every(({ task }) => task !== undefined)
  }

  /** Runs until the signal aborts, then commits what is processed and leaves the group. */
  async run(signal: AbortSignal): Promise<void> {
    const gauges = setInterval(() => this.#reportGauges(), GAUGES_EVERY_MS)
    await this.#assignment.join()
    const fetching = this.#fetchLoop()
    await aborted(signal)
    this.#options.logger.info('stopping')
    await Promise.all([...this.#slots.values()].map((slot) => this.#release(slot)))
    this.#stopping = true
    await fetching
    clearInterval(gauges)
    await Promise.allSettled([this.#assignment.close(), this.#reader.close()])
  }

  #assign(partitions: TopicPartition[]): void {
    this.#assigned = true
    const wanted = new Set(partitions.map(({ topic, partition }) => `${topic}/${partition}`))
    for (const [id, slot] of this.#slots) {
      if (!wanted.has(id)) void this.#release(slot)
    }
    for (const { topic, partition } of partitions) {
      const id = `${topic}/${partition}`
      const stage = this.#options.stages.find(({ sourceTopic }) => sourceTopic === topic)
      if (stage === undefined || this.#slots.has(id) || this.#stopping) continue
      const slot = new Slot(stage, partition)
      this.#slots.set(id, slot)
      slot.done = this.#keepRunning(slot)
    }
    this.#options.logger.info({ partitions: [...wanted].sort() }, 'assigned')
  }

  async #release(slot: Slot): Promise<void> {
    slot.stopping.abort()
    slot.task?.stop()
    await slot.done
    this.#slots.delete(`${slot.stage.sourceTopic}/${slot.partition}`)
    this.#options.metrics.forget(slot.stage.name, slot.partition)
  }

  /** Recovers and runs the slot's task until the slot is released, again after every failure. */
  async #keepRunning(slot: Slot): Promise<void> {
    let retryMs = RETRY_MIN_MS
    while (!slot.stopping.signal.aborted) {
      const startedMs = Date.now()
      const task = this.#createTask(slot)
      try {
        await task.recover()
        slot.task = task
        if (slot.stopping.signal.aborted) task.stop()
        await task.run()
      } catch (error) {
        this.#options.metrics.failed(slot.stage.name)
        this.#options.logger.warn(
          { err: error, stage: slot.stage.name, partition: slot.partition },
          'task failed, recovering it from the log',
        )
      }
      slot.task = undefined
      await task.close()
      if (slot.stopping.signal.aborted) return
      retryMs = Date.now() - startedMs > RETRY_MAX_MS ? RETRY_MIN_MS : Math.min(retryMs * 2, RETRY_MAX_MS)
      await systemClock.sleep(retryMs, slot.stopping.signal)
    }
  }

  #createTask({ stage, partition }: Slot): Task {
    const { connection, groupId, settings, metrics, logger } = this.#options
    return new Task({
      operator: stage.createOperator(partition),
      log: new KafkaTaskLog({
        connection,
        groupId,
        transactionalId: `${groupId}-${stage.name}-${partition}`,
        sourceTopic: stage.sourceTopic,
        changelogTopic: stage.changelogTopic,
        partition,
      }),
      clock: systemClock,
      settings: { ...settings, checkpointLeadMs: (settings.checkpointIntervalMs * partition) / PARTITIONS },
      observer: {
        recovered: (report) => {
          metrics.recovered(stage.name, report.durationMs)
          logger.info({ stage: stage.name, partition, ...report }, 'recovered')
        },
        committed: (report) => metrics.committed(stage.name, report),
        checkpointed: (report) => metrics.checkpointed(stage.name, partition, report),
      },
    })
  }

  /** Reads for all live tasks that have room, one request a broker at a time. */
  async #fetchLoop(): Promise<void> {
    while (!this.#stopping) {
      const reading = [...this.#slots.values()].filter(({ task }) => task?.hasRoom === true)
      if (reading.length === 0) {
        await systemClock.sleep(5)
        continue
      }
      try {
        await this.#fetch(reading)
      } catch (error) {
        if (this.#stopping) return
        this.#options.logger.warn({ err: error }, 'cannot read, trying again')
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
    for (const { stage, partition, task } of this.#slots.values()) {
      if (task === undefined) continue
      const { watermarkMs, stateEntries } = task.operator
      this.#options.metrics.gauges(stage.name, partition, { lagRecords: task.lagRecords, watermarkMs, stateEntries })
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
