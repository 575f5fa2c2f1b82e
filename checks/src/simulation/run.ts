import { STAGE1_CHANGELOG_TOPIC, STAGES, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { MergeOperator, SourceOperator } from '@fintech-streams/engine'
import { builtInJobs, loadRules, RULES_FILE, type TransactionsJob, transactionStream } from '@fintech-streams/jobs'
import { Task, type TaskObserver } from '@fintech-streams/processor'
import { PartitionIntake } from '../oracle/intake.ts'
import { expectedLate } from '../oracle/recompute.ts'
import { type IdleStep } from '../oracle/source.ts'
import { type CheckedJob, checkedJobs, checkedTopics } from '../verify/checked-jobs.ts'
import { compare, type Comparison, isFlawless } from '../verify/compare.ts'
import { Cluster, type CommitFaults, type LogRecord, SimulatedTaskLog } from './cluster.ts'
import { Random } from '../random.ts'
import { Disturbances } from './disturbances.ts'
import { type Sabotage, type SabotageName, SABOTAGES } from './sabotage.ts'
import { Actor, Scheduler } from './scheduler.ts'
import { START_MS, workload, type WorkloadRecord } from './workload.ts'

const PARTITIONS = 2
/** Where somebody sets the wall clock to. */
const CLOCK_OFFSETS_MS = [0, -3_600_000, 5 * 3_600_000, -30_000] as const

/** What runs, and how it is computed again. */
export interface Program {
  readonly jobs: readonly TransactionsJob[]
  readonly checked: readonly CheckedJob[]
}

/** The jobs under a rules document, for the processor and for the checks. */
export const programOf = (rulesFile: string | URL): Program => ({
  jobs: builtInJobs(loadRules(rulesFile)),
  checked: checkedJobs(rulesFile),
})

const DEFAULT_PROGRAM = programOf(RULES_FILE)

type Stage = (typeof STAGES)[number]

export interface SimulationOptions {
  readonly seed: number
  readonly records?: number
  /** Takes a guard away, to see that the comparison notices. */
  readonly sabotage?: SabotageName
  /** The project's own jobs and rules document, if nothing else. */
  readonly program?: Program
}

export interface SimulationResult {
  readonly comparisons: Comparison[]
  readonly disturbances: Disturbances
}

/** What a fetch brought. */
interface Fetched {
  readonly task: Task
  readonly records: readonly LogRecord[]
  readonly nextOffset: number
  readonly endOffset: number
  readonly arrivesAtMs: number
}

/** One process with one task, as a worker runs it: recovered again whenever it fails. */
class Process {
  readonly stage: Stage
  readonly partition: number
  readonly actor = new Actor()
  task: Task | undefined
  /** The one fetch that is under way, if the answer is slow. */
  fetching: Fetched | undefined
  /** Told to give its partition away. */
  released = false

  constructor(stage: Stage, partition: number) {
    this.stage = stage
    this.partition = partition
  }
}

/**
 * One seeded run of the real engine and tasks on a simulated broker and clock: records come in slices and late,
 * processes die at any await, sleep and wake up as zombies, give partitions away, commits are refused or lost,
 * partitions fall idle. Afterwards the committed outputs are held against the naive recomputation.
 */
export class Simulation {
  readonly #random: Random
  readonly #scheduler: Scheduler
  readonly #cluster = new Cluster()
  readonly #records: number
  readonly #sabotage: Partial<Sabotage>
  readonly #program: Program
  readonly #disturbances = new Disturbances()
  /** By partition, who should have it. */
  readonly #owners = new Map<string, Process>()
  /** Everybody who is alive: owners, and those who do not know yet that they are owners no more. */
  readonly #processes = new Set<Process>()
  readonly #zombies: Process[] = []
  #bug: Error | undefined
  #faults: CommitFaults = { lost: 0.01, refused: 0.01 }

  constructor(options: SimulationOptions) {
    this.#records = options.records ?? 150
    this.#sabotage = options.sabotage === undefined ? {} : SABOTAGES[options.sabotage]
    this.#program = options.program ?? DEFAULT_PROGRAM
    this.#random = new Random(options.seed)
    this.#scheduler = new Scheduler(this.#random, START_MS)
  }

  async run(): Promise<SimulationResult> {
    const repair = this.#sabotage.install?.()
    try {
      return await this.#run()
    } finally {
      repair?.()
    }
  }

  async #run(): Promise<SimulationResult> {
    const pending = workload(this.#random, PARTITIONS, this.#records)
    for (const stage of STAGES) {
      for (let partition = 0; partition < PARTITIONS; partition += 1) this.#start(stage, partition)
    }
    while (pending.length > 0) {
      if (this.#random.chance(0.3)) this.#produce(pending.splice(0, 1 + this.#random.whole(8)))
      await this.#turn()
      this.#injectFault()
    }
    await this.#drain()
    return { comparisons: await this.#compare(), disturbances: this.#disturbances }
  }

  /** Writes records as Connect does, in transactions of which some are aborted and written again. */
  #produce(records: readonly WorkloadRecord[]): void {
    const attempts = this.#random.chance(0.1) ? (['aborted', 'committed'] as const) : (['committed'] as const)
    for (const state of attempts) {
      if (state === 'aborted') this.#disturbances.happened('abortedSourceTransactions')
      const transaction = { state }
      for (const { partition, value, headers } of records) {
        const record = { key: null, value: value === null ? null : Buffer.from(value), timestampMs: START_MS, headers }
        this.#cluster.append(TRANSACTIONS_TOPIC, partition, record, transaction)
      }
    }
  }

  /** Time passes a little, something goes on, and every live task reads a slice. */
  async #turn(): Promise<void> {
    this.#scheduler.passTime(this.#random.whole(60))
    const steps = 1 + this.#random.whole(12)
    for (let step = 0; step < steps; step += 1) if (!(await this.#scheduler.advance())) break
    if (this.#bug !== undefined) throw this.#bug
    for (const process of this.#processes) this.#read(process)
  }

  /** One fetch at a time; its answer may come when more has been written, or when its task is another one. */
  #read(process: Process): void {
    const { stage, partition, task, actor, fetching } = process
    if (actor.paused) return
    if (fetching !== undefined) {
      if (fetching.arrivesAtMs > this.#scheduler.nowMs) return
      process.fetching = undefined
      if (fetching.task === task) task.offer(fetching, fetching.endOffset)
      return
    }
    if (task?.hasRoom !== true) return
    const from = task.fetchOffset
    const endOffset = this.#cluster.stableEnd(stage.sourceTopic, partition)
    const nextOffset = Math.min(endOffset, from + this.#random.whole(20))
    if (this.#isTorn(stage, partition, nextOffset)) this.#disturbances.happened('tornReads')
    const records = this.#cluster.committed(stage.sourceTopic, partition, from, nextOffset)
    if (!this.#random.chance(0.03)) return task.offer({ records, nextOffset }, endOffset)
    this.#disturbances.happened('slowReads')
    const arrivesAtMs = this.#scheduler.nowMs + this.#random.whole(2_000)
    process.fetching = { task, records, nextOffset, endOffset, arrivesAtMs }
  }

  /** Whether a read up to here ends between two records of one transaction. */
  #isTorn(stage: Stage, partition: number, offset: number): boolean {
    const log = this.#cluster.log(stage.sourceTopic, partition)
    const [before, after] = [log[offset - 1], log[offset]]
    return before !== undefined && !before.control && before.transaction === after?.transaction
  }

  #injectFault(): void {
    const owner = this.#random.pick([...this.#owners.values()])
    const dice = this.#random.next()
    if (dice < 0.03) {
      owner.actor.alive = false
      this.#processes.delete(owner)
      this.#disturbances.crashedAt(owner.actor.waitsFor)
      this.#start(owner.stage, owner.partition)
    } else if (dice < 0.045) {
      owner.actor.paused = true
      this.#zombies.push(owner)
      this.#disturbances.happened('zombies')
      this.#start(owner.stage, owner.partition)
    } else if (dice < 0.06) {
      const woken = this.#zombies.shift()
      if (woken !== undefined) woken.actor.paused = false
    } else if (dice < 0.07) {
      owner.task?.stop()
    } else if (dice < 0.075) {
      this.#passQuietTime(15)
    } else if (dice < 0.09) {
      this.#rebalance(owner)
    } else if (dice < 0.095) {
      this.#disturbances.happened('clockSet')
      this.#scheduler.setWallClock(this.#random.pick(CLOCK_OFFSETS_MS))
    }
  }

  /** Another process gets the partition and begins while the former one writes its last checkpoint. */
  #rebalance(owner: Process): void {
    this.#disturbances.happened('rebalances')
    owner.released = true
    owner.task?.stop()
    this.#start(owner.stage, owner.partition)
  }

  /** Seconds in which nothing is written and everybody keeps reading. */
  #passQuietTime(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.#scheduler.passTime(1_000)
      for (const process of this.#processes) this.#read(process)
    }
  }

  #start(stage: Stage, partition: number): void {
    const process = new Process(stage, partition)
    this.#owners.set(`${stage.name}/${partition}`, process)
    this.#processes.add(process)
    void this.#keepRunning(process)
  }

  async #keepRunning(process: Process): Promise<void> {
    const { stage, partition } = process
    const clock = this.#scheduler.clockOf(process.actor)
    // A fenced process gives way once another one owns the partition.
    while (this.#owners.get(`${stage.name}/${partition}`) === process) {
      const task = this.#createTask(process)
      try {
        await task.recover()
        process.task = task
        if (process.released) task.stop()
        await task.run()
      } catch (error) {
        // Only what the simulated broker throws may happen to a task.
        if (!(error instanceof Error) || error.name !== 'Error')
          this.#bug ??= new Error('a task broke', { cause: error })
      }
      process.task = undefined
      await clock.sleep(this.#random.whole(500))
    }
    this.#processes.delete(process)
  }

  #createTask({ stage, partition, actor }: Process): Task {
    const observer: TaskObserver = {
      recovered: () => undefined,
      committed: () => undefined,
      checkpointed: () => undefined,
    }
    const { jobs } = this.#program
    const operator =
      stage.name === 'source'
        ? new SourceOperator({ ...transactionStream(), jobs, partition, outputPartitions: PARTITIONS })
        : new MergeOperator({ jobs, partition, sourcePartitions: PARTITIONS })
    return new Task({
      operator: this.#sabotage.wrap?.(operator) ?? operator,
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
        broken: this.#sabotage.broken ?? {},
        onTrouble: (what) => this.#disturbances.happened(what),
      }),
      clock: this.#scheduler.clockOf(actor),
      identity: { groupId: 'simulation', sourceTopic: stage.sourceTopic, partition },
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
      const intake = new PartitionIntake(partition, steps, { keepsRecords: true })
      for (const record of this.#cluster.committed(TRANSACTIONS_TOPIC, partition)) intake.add({ ...record, partition })
      return intake
    })
    this.#noteRecords(intakes)
    const comparisons: Comparison[] = []
    for (const { options, records } of checkedTopics(this.#program.checked)) {
      const found = this.#cluster.topicRecords(options.name, PARTITIONS).map(({ key, value }) => ({
        key: key?.toString() ?? '(none)',
        value: value?.toString() ?? null,
      }))
      comparisons.push(await compare(records(intakes), found, options))
    }
    return comparisons
  }

  /** What was wrong with the records themselves. */
  #noteRecords(intakes: readonly PartitionIntake[]): void {
    for (const { counted, duplicates, beyondHorizon, malformed, ignored, idleSteps } of intakes) {
      const outOfOrder = counted.filter(
        ({ transaction, eventTimeSoFarMs }) => transaction.eventTimeMs < eventTimeSoFarMs,
      )
      this.#disturbances.happened('outOfOrderRecords', outOfOrder.length)
      const fastClocks = counted.filter(({ transaction }) => transaction.eventTimeMs > transaction.changedAtMs)
      this.#disturbances.happened('fastClocks', fastClocks.length)
      this.#disturbances.happened('movedRows', ignored.moved)
      this.#disturbances.happened('duplicateRecords', duplicates)
      this.#disturbances.happened('recordsBeyondHorizon', beyondHorizon.length)
      this.#disturbances.happened('malformedRecords', malformed.length)
      this.#disturbances.happened('idleSteps', idleSteps)
    }
    this.#disturbances.happened(
      'lateRecords',
      [...expectedLate(intakes)].filter(({ value }) => value['job'] !== '*').length,
    )
  }
}

/** What is not as recomputed; nothing when all is well. */
export function faultsOf({ comparisons }: SimulationResult): string[] {
  return comparisons.filter((comparison) => !isFlawless(comparison)).map((comparison) => JSON.stringify(comparison))
}
