import {
  PARTIALS_TOPIC,
  STAGE1_CHANGELOG_TOPIC,
  STAGE2_CHANGELOG_TOPIC,
  TRANSACTIONS_TOPIC,
} from '@fintech-streams/contracts'
import { MergeOperator } from '@fintech-streams/processor/engine/merge-operator.ts'
import { type Operator } from '@fintech-streams/processor/engine/operator.ts'
import { SourceOperator } from '@fintech-streams/processor/engine/source-operator.ts'
import { builtInJobs } from '@fintech-streams/processor/jobs/index.ts'
import { loadRules } from '@fintech-streams/processor/jobs/rules.ts'
import { Task, type TaskObserver } from '@fintech-streams/processor/runtime/task.ts'
import { PartitionIntake } from '../oracle/intake.ts'
import { expectedTopics } from '../oracle/recompute.ts'
import { type IdleStep } from '../oracle/source.ts'
import { compare, type Comparison, topicOptions } from '../verify/compare.ts'
import { type BrokenGuards, Cluster, type CommitFaults, SimulatedTaskLog } from './cluster.ts'
import { Random } from '../random.ts'
import { Actor, Scheduler } from './scheduler.ts'
import { START_MS, workload } from './workload.ts'

const PARTITIONS = 2
const rules = loadRules()
const jobs = builtInJobs(rules)

const STAGES = [
  { name: 'source', sourceTopic: TRANSACTIONS_TOPIC, changelogTopic: STAGE1_CHANGELOG_TOPIC },
  { name: 'merge', sourceTopic: PARTIALS_TOPIC, changelogTopic: STAGE2_CHANGELOG_TOPIC },
] as const
type Stage = (typeof STAGES)[number]

export interface SimulationOptions {
  readonly seed: number
  readonly records?: number
  readonly broken?: BrokenGuards
  /** Replaces an operator by one that does something wrong. */
  readonly wrap?: (operator: Operator) => Operator
}

export interface SimulationResult {
  readonly comparisons: Comparison[]
  /** What went on, to tell that the run was a run. */
  readonly crashes: number
  readonly zombies: number
  readonly recoveries: number
  readonly idleSteps: number
}

/** One process with one task, as a worker runs it: recovered again whenever it fails. */
class Process {
  readonly actor = new Actor()
  task: Task | undefined
  endOffset = 0
}

/**
 * One seeded run of the real engine and tasks on a simulated broker and clock: records come in slices, processes die at
 * any await, sleep and wake up as zombies, commits are refused or lost, partitions fall idle. Afterwards the committed
 * outputs are held against the naive recomputation.
 */
export class Simulation {
  readonly #random: Random
  readonly #scheduler: Scheduler
  readonly #cluster = new Cluster()
  readonly #options: SimulationOptions
  readonly #owners = new Map<string, { stage: Stage; partition: number; process: Process }>()
  readonly #zombies: Process[] = []
  #faults: CommitFaults = { lost: 0.01, refused: 0.01 }
  #crashes = 0
  #zombieCount = 0
  #recoveries = 0

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#scheduler = new Scheduler(this.#random, START_MS)
  }

  async run(): Promise<SimulationResult> {
    const pending = workload(this.#random, PARTITIONS, this.#options.records ?? 150)
    for (const stage of STAGES) {
      for (let partition = 0; partition < PARTITIONS; partition += 1) this.#start(stage, partition)
    }
    while (pending.length > 0) {
      if (this.#random.chance(0.3)) this.#produce(pending.splice(0, 1 + this.#random.whole(8)))
      await this.#turn()
      this.#injectFault()
    }
    await this.#drain()
    return {
      comparisons: await this.#compare(),
      crashes: this.#crashes,
      zombies: this.#zombieCount,
      recoveries: this.#recoveries,
      idleSteps: this.#idleSteps().flat().length,
    }
  }

  /** Writes records as Connect does, in transactions of which some are aborted and written again. */
  #produce(records: { partition: number; value: string | null }[]): void {
    const attempts = this.#random.chance(0.1) ? (['aborted', 'committed'] as const) : (['committed'] as const)
    for (const state of attempts) {
      for (const { partition, value } of records) {
        const record = { key: null, value: value === null ? null : Buffer.from(value), timestampMs: START_MS }
        this.#cluster.append(TRANSACTIONS_TOPIC, partition, record, { state })
      }
    }
  }

  /** Time passes a little, something goes on, and every live task reads a slice. */
  async #turn(): Promise<void> {
    this.#scheduler.passTime(this.#random.whole(60))
    const steps = 1 + this.#random.whole(12)
    for (let step = 0; step < steps; step += 1) if (!(await this.#scheduler.advance())) break
    for (const { stage, partition, process } of this.#owners.values()) this.#read(stage, partition, process)
  }

  #read(stage: Stage, partition: number, { task, actor }: Process): void {
    if (task === undefined || actor.paused || !task.hasRoom) return
    const from = task.fetchOffset
    const end = this.#cluster.stableEnd(stage.sourceTopic, partition)
    const to = Math.min(end, from + this.#random.whole(20))
    task.offer(this.#cluster.committed(stage.sourceTopic, partition, from, to), to, end)
  }

  #injectFault(): void {
    const owner = this.#random.pick([...this.#owners.values()])
    const dice = this.#random.next()
    if (dice < 0.03) {
      owner.process.actor.alive = false
      this.#crashes += 1
      this.#start(owner.stage, owner.partition)
    } else if (dice < 0.045) {
      owner.process.actor.paused = true
      this.#zombies.push(owner.process)
      this.#zombieCount += 1
      this.#start(owner.stage, owner.partition)
    } else if (dice < 0.06) {
      const woken = this.#zombies.shift()
      if (woken !== undefined) woken.actor.paused = false
    } else if (dice < 0.07) {
      owner.process.task?.stop()
    } else if (dice < 0.075) {
      this.#passQuietTime(15)
    }
  }

  /** Seconds in which nothing is written and everybody keeps reading. */
  #passQuietTime(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.#scheduler.passTime(1_000)
      for (const { stage, partition, process } of this.#owners.values()) this.#read(stage, partition, process)
    }
  }

  #start(stage: Stage, partition: number): void {
    const process = new Process()
    this.#owners.set(`${stage.name}/${partition}`, { stage, partition, process })
    void this.#keepRunning(stage, partition, process)
  }

  async #keepRunning(stage: Stage, partition: number, process: Process): Promise<void> {
    const clock = this.#scheduler.clockOf(process.actor)
    // A fenced process gives way once another one owns the partition.
    while (this.#owners.get(`${stage.name}/${partition}`)?.process === process) {
      const task = this.#createTask(stage, partition, process)
      try {
        await task.recover()
        process.task = task
        await task.run()
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'Error') throw error
      }
      process.task = undefined
      await clock.sleep(this.#random.whole(500))
    }
  }

  #createTask(stage: Stage, partition: number, { actor }: Process): Task {
    const observer: TaskObserver = {
      recovered: () => (this.#recoveries += 1),
      committed: () => undefined,
      checkpointed: () => undefined,
    }
    const operator =
      stage.name === 'source'
        ? new SourceOperator({ jobs, sourceTopic: stage.sourceTopic, partition, outputPartitions: PARTITIONS })
        : new MergeOperator({ jobs, partition, sourcePartitions: PARTITIONS })
    return new Task({
      operator: this.#options.wrap?.(operator) ?? operator,
      log: new SimulatedTaskLog({
        cluster: this.#cluster,
        scheduler: this.#scheduler,
        random: this.#random,
        actor,
        id: `${stage.name}-${partition}`,
        sourceTopic: stage.sourceTopic,
        changelogTopic: stage.changelogTopic,
        partition,
        faults: this.#faults,
        broken: this.#options.broken ?? {},
      }),
      clock: this.#scheduler.clockOf(actor),
      settings: { commitIntervalMs: 100, checkpointIntervalMs: 1_000, commitRecordsMax: 40 },
      observer,
    })
  }

  /** No more faults: zombies wake up and are fenced, everything that was written is processed. */
  async #drain(): Promise<void> {
    this.#faults = { lost: 0, refused: 0 }
    for (const zombie of this.#zombies) zombie.actor.paused = false
    let quietTurns = 0
    for (let turn = 0; quietTurns < 30; turn += 1) {
      if (turn > 20_000) throw new Error('the simulation does not come to rest')
      await this.#turn()
      quietTurns = this.#isCaughtUp() ? quietTurns + 1 : 0
    }
  }

  #isCaughtUp(): boolean {
    return [...this.#owners.values()].every(
      ({ stage, partition }) =>
        this.#cluster.committedOffset(`${stage.name}-${partition}`) ===
        this.#cluster.stableEnd(stage.sourceTopic, partition),
    )
  }

  /** The idle steps of each source partition, from the changelog that is never compacted here. */
  #idleSteps(): IdleStep[][] {
    return Array.from({ length: PARTITIONS }, (_, partition) => {
      const steps = new Map<string, IdleStep>()
      for (const { key, value } of this.#cluster.committed(STAGE1_CHANGELOG_TOPIC, partition)) {
        if (key?.toString() !== 'idle' || value === null) continue
        for (const [offset, watermarkMs] of JSON.parse(value.toString()) as [number, number][]) {
          steps.set(`${offset}/${watermarkMs}`, { offset, watermarkMs })
        }
      }
      return [...steps.values()]
    })
  }

  async #compare(): Promise<Comparison[]> {
    const idleSteps = this.#idleSteps()
    const intakes = idleSteps.map((steps, partition) => {
      const intake = new PartitionIntake(partition, steps)
      for (const record of this.#cluster.committed(TRANSACTIONS_TOPIC, partition)) intake.add({ ...record, partition })
      return intake
    })
    const comparisons: Comparison[] = []
    for (const { topic, records } of expectedTopics(intakes, rules.version)) {
      const found = this.#cluster.topicRecords(topic, PARTITIONS).map(({ key, value }) => ({
        key: key?.toString() ?? '(none)',
        value: value?.toString() ?? null,
      }))
      comparisons.push(await compare(records(), found, topicOptions(topic)))
    }
    return comparisons
  }
}
