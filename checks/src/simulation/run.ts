import { STAGE1_CHANGELOG_TOPIC, STAGES, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { MergeOperator, type Operator, SourceOperator } from '@fintech-streams/engine'
import { OperatingError } from '@fintech-streams/service'
import { builtInJobs, loadRules, RULES_FILE, type TransactionsJob, transactionStream } from '@fintech-streams/jobs'
import {
  type Fetched,
  needsHelp,
  type Running,
  Slots,
  Standby,
  type StandbyState,
  StandbyTurns,
  Task,
  type TaskObserver,
} from '@fintech-streams/processor'
import { PartitionIntake } from '../oracle/intake.ts'
import { expectedLate } from '../oracle/recompute.ts'
import { type IdleStep } from '../oracle/source.ts'
import { type CheckedJob, checkedJobs, checkedTopics } from '../verify/checked-jobs.ts'
import { compare, type Comparison, isFlawless } from '../verify/compare.ts'
import { Cluster, type CommitFaults, type LogRecord, SimulatedChangelog, SimulatedTaskLog } from './cluster.ts'
import { damaged } from './damage.ts'
import { Random } from '../random.ts'
import { Disturbances } from './disturbances.ts'
import { type Sabotage, type SabotageName, SABOTAGES } from './sabotage.ts'
import { Actor, Scheduler } from './scheduler.ts'
import { START_MS, workload, type WorkloadRecord } from './workload.ts'

const PARTITIONS = 2
/** Without further faults it comes to rest within this number of turns, or never. */
const TURNS_MAX = 20_000
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
  /** Whether everything that was written has been processed. */
  readonly isAtRest: boolean
  readonly comparisons: Comparison[]
  readonly disturbances: Disturbances
}

/** A fetch whose answer is under way. */
interface Fetching {
  readonly task: Task
  readonly fetched: Fetched
  readonly endOffset: number
  readonly arrivesAtMs: number
}

/** A process's turn at its partition, from assignment to release. */
class Turn implements Running {
  task: Task | undefined
  isEnding = false
  done: Promise<void> = Promise.resolve()

  end(): void {
    this.isEnding = true
    this.task?.stop()
  }
}

/** One process with one partition, as a worker runs it: its task is recovered again whenever it fails. */
class Process {
  readonly stage: Stage
  readonly partition: number
  readonly actor = new Actor()
  readonly slots: Slots<Process, Turn>
  /** What its first task goes on from. */
  standby: StandbyState | undefined
  /** The one fetch that is under way, if the answer is slow. */
  fetching: Fetching | undefined
  /** Its next fetch fails. */
  isCutOff = false

  constructor(stage: Stage, partition: number, run: (turn: Turn, process: Process) => Promise<void>) {
    this.stage = stage
    this.partition = partition
    this.slots = new Slots((process) => {
      const turn = new Turn()
      turn.done = run(turn, process)
      return turn
    })
  }

  get task(): Task | undefined {
    return this.slots.running[0]?.task
  }

  /** What the group tells it. */
  assign(isOwner: boolean): void {
    this.slots.want(new Map(isOwner ? [['its partition', this]] : []))
  }
}

/**
 * One seeded run of the real engine and tasks on a simulated broker and clock: records come in slices and late,
 * processes die at any await, sleep and wake up as zombies, give partitions away and get them back, commits are refused or
 * lost, partitions fall idle, the source loses its end, the group its offsets, clocks are set. Afterwards the committed outputs are held against the naive recomputation.
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
  /** By partition, what follows its changelog in yet another process. */
  readonly #standbys = new Map<string, Standby>()
  /** What has not been written to the source yet. */
  #pending: WorkloadRecord[] = []
  #bug: Error | undefined
  /** What a task says that needs somebody's help. */
  #stuck: string | undefined
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
    this.#pending = workload(this.#random, PARTITIONS, this.#records)
    for (const stage of STAGES) {
      for (let partition = 0; partition < PARTITIONS; partition += 1) this.#start(stage, partition)
    }
    while (this.#pending.length > 0) {
      if (this.#random.chance(0.3)) this.#produce(this.#pending.splice(0, 1 + this.#random.whole(8)))
      await this.#turn()
      this.#injectFault()
    }
    const isAtRest = await this.#drain()
    return { isAtRest, comparisons: await this.#compare(), disturbances: this.#disturbances }
  }

  /** Writes records as Connect does, in transactions of which some are aborted and written again. */
  #produce(records: readonly WorkloadRecord[]): void {
    this.#disturbances.happened('databaseClocks', records.filter(({ isAhead }) => isAhead === true).length)
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
    if (this.#stuck !== undefined && this.#random.chance(0.2)) this.#reset()
    for (const process of this.#processes) this.#read(process)
  }

  /** One fetch at a time; its answer may come when more has been written, or when its task is another one. */
  #read(process: Process): void {
    const { stage, partition, task, actor, fetching } = process
    if (actor.paused) return
    if (process.isCutOff && task !== undefined) {
      process.isCutOff = false
      process.fetching = undefined
      return task.sourceWasAway()
    }
    if (fetching !== undefined) {
      if (fetching.arrivesAtMs > this.#scheduler.nowMs) return
      process.fetching = undefined
      if (fetching.task === task) task.offer(fetching.fetched, fetching.endOffset)
      return
    }
    if (task?.hasRoom !== true) return
    const from = task.fetchOffset
    const endOffset = this.#cluster.stableEnd(stage.sourceTopic, partition)
    if (from > endOffset) return task.fail(new Error('the offset is out of range'))
    const nextOffset = Math.min(endOffset, from + this.#random.whole(20))
    if (this.#isTorn(stage, partition, nextOffset)) this.#disturbances.happened('tornReads')
    const records = this.#received(this.#cluster.committed(stage.sourceTopic, partition, from, nextOffset))
    if (records === undefined) return
    const leaderEpoch = this.#cluster.log(stage.sourceTopic, partition)[nextOffset - 1]?.leaderEpoch ?? -1
    const fetched = { records, nextOffset, leaderEpoch }
    if (!this.#random.chance(0.03)) return task.offer(fetched, endOffset)
    this.#disturbances.happened('slowReads')
    const arrivesAtMs = this.#scheduler.nowMs + this.#random.whole(2_000)
    process.fetching = { task, fetched, endOffset, arrivesAtMs }
  }

  /** Records as they come: now and then with a bit flipped, which makes them be fetched again. */
  #received(records: LogRecord[]): LogRecord[] | undefined {
    if (records.length === 0 || !this.#random.chance(0.02)) return records
    const at = this.#random.whole(records.length)
    const hit = records[at]!
    if (hit.value === null) return records
    this.#disturbances.happened('damagedBatches')
    try {
      return records.with(at, damaged(hit, hit.value, this.#random, this.#sabotage.broken?.noChecksums === true))
    } catch (error) {
      if (error instanceof OperatingError && error.code === 'corrupt_batch') return undefined
      throw error
    }
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
    } else if (dice < 0.105) {
      this.#flap(owner)
    } else if (dice < 0.108) {
      this.#cutLog()
    } else if (dice < 0.11) {
      this.#disturbances.happened('forgottenOffsets')
      this.#cluster.forgetOffsets()
    }
  }

  /** Another process gets the partition and begins while the former one writes its last checkpoint. */
  #rebalance(owner: Process): void {
    this.#disturbances.happened('rebalances')
    owner.assign(false)
    this.#start(owner.stage, owner.partition)
  }

  /** The group takes a partition away and gives it back, again and again, while its tasks still end. */
  #flap(owner: Process): void {
    this.#disturbances.happened('flappingPartitions')
    for (let times = 1 + this.#random.whole(3); times > 0; times -= 1) {
      owner.assign(false)
      owner.assign(true)
    }
  }

  /** The source's broker is away and has lost an end. What was there comes again, but not in its order: others come before and in between. */
  #cutLog(): void {
    if (this.#pending.length <= PARTITIONS) return
    const partition = this.#random.whole(PARTITIONS)
    const { length } = this.#cluster.log(TRANSACTIONS_TOPIC, partition)
    const lost = this.#cluster.cut(TRANSACTIONS_TOPIC, partition, Math.max(0, length - 1 - this.#random.whole(25)))
    if (lost.length > 0) this.#disturbances.happened('cutLogs')
    for (const process of this.#processes) process.isCutOff = true
    for (const { value, headers } of lost) {
      const at = this.#random.whole(Math.min(20, this.#pending.length - PARTITIONS) + 1)
      this.#pending.splice(at, 0, { partition, value: value === null ? null : value.toString(), headers })
    }
  }

  /** What a stuck task's sentence says: everything stops, all state and results go, everything is computed again. */
  #reset(): void {
    if (this.#stuck?.includes('processor reset --yes') !== true) throw new Error(`no way out is named: ${this.#stuck}`)
    this.#disturbances.happened('resets')
    this.#stuck = undefined
    for (const { actor } of this.#processes) actor.alive = false
    this.#processes.clear()
    this.#zombies.length = 0
    this.#cluster.reset()
    for (const { stage, partition } of [...this.#owners.values()]) this.#start(stage, partition)
  }

  /** Seconds in which nothing is written and everybody keeps reading. */
  #passQuietTime(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.#scheduler.passTime(1_000)
      for (const process of this.#processes) this.#read(process)
    }
  }

  #start(stage: Stage, partition: number): void {
    const process = new Process(stage, partition, (turn, of) => this.#keepRunning(turn, of))
    const id = `${stage.name}/${partition}`
    this.#owners.set(id, process)
    this.#processes.add(process)
    process.standby = this.#standbys.get(id)?.take()
    this.#standbys.delete(id)
    if (this.#random.chance(0.5)) this.#standbys.set(id, this.#startStandby(stage, partition))
    process.assign(true)
  }

  #startStandby(stage: Stage, partition: number): Standby {
    const actor = new Actor()
    const clock = this.#scheduler.clockOf(actor)
    const standby = new Standby({
      createOperator: () => this.#createOperator(stage, partition),
      openFeed: () =>
        new SimulatedChangelog({
          cluster: this.#cluster,
          scheduler: this.#scheduler,
          random: this.#random,
          actor,
          topic: stage.changelogTopic,
          partition,
        }),
      clock,
      turns: new StandbyTurns(clock, () => false),
      onTrouble: () => undefined,
    })
    void standby.run()
    return standby
  }

  #owns(process: Process): boolean {
    return this.#owners.get(`${process.stage.name}/${process.partition}`) === process
  }

  async #keepRunning(turn: Turn, process: Process): Promise<void> {
    const clock = this.#scheduler.clockOf(process.actor)
    // A fenced process gives way once another one owns the partition.
    while (this.#owns(process) && !turn.isEnding) {
      const task = this.#createTask(process)
      try {
        await task.recover()
        turn.task = task
        if (turn.isEnding) task.stop()
        await task.run()
      } catch (error) {
        this.#failed(error)
      }
      turn.task = undefined
      await clock.sleep(this.#random.whole(500))
    }
    if (!this.#owns(process)) this.#processes.delete(process)
  }

  /** Only what the simulated broker throws may happen to a task, or what somebody has to be told. */
  #failed(error: unknown): void {
    if (needsHelp(error)) this.#stuck = error.message
    else if (!(error instanceof Error) || error.name !== 'Error')
      this.#bug ??= new Error('a task broke', { cause: error })
  }

  #createOperator(stage: Stage, partition: number): Operator {
    const { jobs } = this.#program
    const operator =
      stage.name === 'source'
        ? new SourceOperator({
            ...(this.#sabotage.stream ?? transactionStream)(),
            jobs,
            partition,
            outputPartitions: PARTITIONS,
          })
        : new MergeOperator({ jobs, partition, sourcePartitions: PARTITIONS })
    return this.#sabotage.wrap?.(operator) ?? operator
  }

  #createTask(process: Process): Task {
    const { stage, partition, actor, standby } = process
    process.standby = undefined
    const observer: TaskObserver = {
      recovered: ({ fromStandby }) => {
        if (fromStandby) this.#disturbances.happened('takeovers')
        else if (standby !== undefined) this.#disturbances.happened('staleStandbys')
      },
      committed: () => undefined,
      checkpointed: () => undefined,
    }
    const clock = this.#scheduler.clockOf(actor)
    return new Task({
      operator: this.#createOperator(stage, partition),
      standby,
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
      clock: this.#sabotage.clock?.(clock) ?? clock,
      identity: { groupId: 'simulation', sourceTopic: stage.sourceTopic, partition },
      settings: { commitIntervalMs: 100, checkpointIntervalMs: 1_000, commitRecordsMax: 40 },
      observer,
    })
  }

  /** No more faults: zombies wake up and are fenced, everything that was written is processed. */
  async #drain(): Promise<boolean> {
    this.#faults = { lost: 0, refused: 0 }
    for (const zombie of this.#zombies) zombie.actor.paused = false
    let quietTurns = 0
    for (let turn = 0; quietTurns < 30; turn += 1) {
      if (turn > TURNS_MAX) return false
      await this.#turn()
      quietTurns = this.#isCaughtUp() ? quietTurns + 1 : 0
    }
    return true
  }

  #isCaughtUp(): boolean {
    return [...this.#owners.values()].every(
      ({ stage, partition }) =>
        this.#cluster.committedOffset(`${stage.name}-${partition}`)?.offset ===
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
export function faultsOf({ isAtRest, comparisons }: SimulationResult): string[] {
  const wrong = comparisons
    .filter((comparison) => !isFlawless(comparison))
    .map((comparison) => JSON.stringify(comparison))
  return isAtRest ? wrong : ['it does not come to rest', ...wrong]
}
