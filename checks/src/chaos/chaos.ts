import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectClient } from '@fintech-streams/connectors'
import { kafkaOf, kill, processInfo, type Stack, startProcesses, stopStack } from '@fintech-streams/local'
import { runCommand } from '../command.ts'
import { Random } from '../random.ts'
import { JavaLog } from '../verify/java-log.ts'
import { schedule } from './faults.ts'
import { IdleStepCapture } from './idle-steps.ts'
import { countTransactions, loadBetween } from './load.ts'
import { type FaultRecord, type Load } from './report.ts'
import { CONNECTOR, type Fault, type Scene, WORKERS } from './scene.ts'
import { closeAllWindows, untilAtRest } from './settle.ts'
import { verdictsAfter } from './witness.ts'

/** A connector that was reset sends everything again before what is new. */
const RECOVERY_WITHIN_MS = 600_000
const ATTEND_EVERY_MS = 1_000
/** A failed task may be about to be restarted by Connect itself. */
const FAILED_FOR_MS = 10_000
/** Longer than anything takes that comes back by itself. A broker that runs and serves nobody is killed then. */
const STUCK_FOR_MS = 240_000
const PAUSE_MIN_MS = 1_000
const PAUSE_SPREAD_MS = 5_000
const WARM_UP_WITHIN_MS = 300_000
const STACK = ['postgres', 'kafka', 'connect', ...WORKERS, 'sink']

export interface ChaosOptions {
  readonly stack: Stack
  /** Which may be drawn. */
  readonly isPossible: (fault: Fault) => boolean
  readonly faults: number
  /** No further fault after this long of load; what has happened by then is verified. */
  readonly withinMs: number
  readonly seed: number
  readonly ratePerSecond: number
  readonly customers: number
  /** Flags of the generator for the history, in which windows of every size close. */
  readonly history: { durationMs: number; ratePerSecond: number }
  readonly hasServing: boolean
  readonly report: (line: string) => void
  readonly signal: AbortSignal
}

/** What a run has done, before anything is verified. */
export interface ChaosRun {
  readonly faults: readonly FaultRecord[]
  readonly load: Load
  readonly transactionsInPostgres: number
  /** Transactions that only Kafka has: those that closed the windows. */
  readonly transactionsAdded: number
  readonly idleSteps: IdleStepCapture['steps']
}

/** One run: a stack under load to which seeded random things are done, each waited for. */
export class Chaos {
  readonly #options: ChaosOptions
  readonly #random: Random
  readonly #faults: FaultRecord[] = []
  readonly #names: readonly string[]
  #liveFromMs = 0
  /** The stack with the load's settings in its environment. */
  #loaded: Stack

  constructor(options: ChaosOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#loaded = loadedStack(options)
    this.#names = options.hasServing ? [...STACK, 'counter', 'serving'] : STACK
  }

  /** Starts the stack, does its worst, and leaves everything written and processed; the stack keeps running. */
  async run(): Promise<ChaosRun> {
    const { stack, signal, report } = this.#options
    await startProcesses(stack, STACK, report, signal)
    await this.#command('connectors', ['apply'])
    const log = await JavaLog.open(kafkaOf(stack, 'chaos'))
    const capture = new IdleStepCapture(log)
    try {
      return await this.#underLoad(capture)
    } finally {
      capture.abandon()
      await log.close()
    }
  }

  async #underLoad(capture: IdleStepCapture): Promise<ChaosRun> {
    const { stack, report, signal } = this.#options
    capture.start()
    await this.#startLoad()
    // The API is ready when it has something to show.
    await startProcesses(stack, this.#names, report, signal)
    await this.#injectAll(capture)
    const load = await loadBetween(stack, this.#liveFromMs, Date.now(), this.#options.ratePerSecond)
    await stopStack(stack, ['generator'], report)
    report('the load has ended; waiting until everything has gone through')
    await untilAtRest(stack)
    const transactionsInPostgres = await countTransactions(stack)
    const transactionsAdded = await closeAllWindows(stack)
    await untilAtRest(stack)
    await capture.finish()
    return { faults: this.#faults, load, transactionsInPostgres, transactionsAdded, idleSteps: capture.steps }
  }

  /** A history in which windows of every size close, then the load that goes on to the end. */
  async #startLoad(): Promise<void> {
    const { customers, seed, history, ratePerSecond, stack, report, signal } = this.#options
    const backfill = `${history.durationMs}ms`
    const once = ['--flat', '--rate', String(history.ratePerSecond), '--backfill', backfill, '--duration', '1s']
    await this.#command('generator', ['run-all', ...once, '--num-customers', String(customers), '--seed', String(seed)])
    await startProcesses(this.#loaded, ['generator'], report, signal)
    const startedMs = Date.now()
    // Only then has every partition had records, so no shared window is written twice (ADR 5).
    await verdictsAfter(stack, startedMs, WARM_UP_WITHIN_MS, signal)
    this.#liveFromMs = Date.now()
    report(`live: ${ratePerSecond} transactions a second`)
  }

  async #injectAll(capture: IdleStepCapture): Promise<void> {
    const { faults, withinMs, isPossible, report, signal } = this.#options
    const stack = this.#loaded
    const scene: Scene = {
      stack,
      random: this.#random,
      connect: new ConnectClient(`http://localhost:${stack.ports.connect}`, signal),
      measure: (kind, strike) => this.#measure(kind, strike),
      startingOver: (work) => capture.startingOver(work),
    }
    const injections = schedule(this.#random, faults, isPossible)
    for (const [n, inject] of injections.entries()) {
      if (Date.now() - this.#liveFromMs > withinMs) return report(`the time for faults is over after ${n}`)
      await sleep(PAUSE_MIN_MS + this.#random.whole(PAUSE_SPREAD_MS), undefined, { signal })
      const before = this.#faults.length
      await inject(scene)
      for (const fault of this.#faults.slice(before)) report(lineOf(n + 1, injections.length, fault))
    }
  }

  async #measure(kind: string, strike: () => Promise<number | undefined>): Promise<void> {
    const { stack, signal } = this.#options
    const struckMs = Date.now()
    const fromMs = (await strike()) ?? struckMs
    const helped = new Set<string>()
    const recovered = new AbortController()
    const attending = this.#attend(helped, recovered.signal)
    try {
      const untilMs = await verdictsAfter(stack, fromMs, RECOVERY_WITHIN_MS, signal)
      this.#faults.push({
        kind,
        atMs: struckMs - this.#liveFromMs,
        recoveryMs: untilMs - struckMs,
        helped: [...helped],
      })
    } catch (error) {
      throw new Error(`${kind}: no recovery`, { cause: error })
    } finally {
      recovered.abort()
      await attending
    }
  }

  /** Does what a person on duty would do: restarts what has died, a task that stays failed, and last the broker. */
  async #attend(helped: Set<string>, until: AbortSignal): Promise<void> {
    const { stack } = this.#options
    let failedSinceMs = Infinity
    let stuckFromMs = Date.now() + STUCK_FOR_MS
    while (!until.aborted) {
      if (Date.now() > stuckFromMs) {
        stuckFromMs = Infinity
        helped.add(`kafka killed after ${STUCK_FOR_MS / 1_000} s without results`)
        kill(stack, 'kafka', 'SIGKILL')
      }
      for (const name of [...this.#names, 'generator']) {
        const { running, expected } = processInfo(stack, name)
        if (running || !expected) continue
        helped.add(`${name} started again`)
        await startProcesses(this.#loaded, [name]).catch(() => undefined)
      }
      const failed = await this.#hasFailedTask()
      failedSinceMs = failed ? Math.min(failedSinceMs, Date.now()) : Infinity
      if (Date.now() - failedSinceMs >= FAILED_FOR_MS) {
        helped.add(`${CONNECTOR}'s failed task restarted`)
        failedSinceMs = Infinity
        await this.#connectClient()
          .restartFailed(CONNECTOR)
          .catch(() => undefined)
      }
      await sleep(ATTEND_EVERY_MS, undefined, { signal: until }).catch(() => undefined)
    }
  }

  async #hasFailedTask(): Promise<boolean> {
    try {
      const status = await this.#connectClient().status(CONNECTOR)
      return status?.tasks.some(({ state }) => state === 'FAILED') === true
    } catch {
      return false
    }
  }

  #connectClient(): ConnectClient {
    return new ConnectClient(`http://localhost:${this.#options.stack.ports.connect}`)
  }

  async #command(file: string, args: readonly string[]): Promise<void> {
    const { code, stderr, stdout } = await runCommand(this.#options.stack, file, args)
    if (code !== 0) throw new Error(`${file} ${args.join(' ')} failed: ${stderr || stdout}`)
  }

  /** Continues whoever is stopped: a stopped process cannot be asked to end. */
  static release(stack: Stack): void {
    for (const name of WORKERS) kill(stack, name, 'SIGCONT')
  }
}

function loadedStack({ stack, ratePerSecond, seed }: ChaosOptions): Stack {
  const env = { GENERATOR_RATE: String(ratePerSecond), GENERATOR_FLAT: '1', GENERATOR_SEED: String(seed + 1) }
  return { ...stack, env: { ...stack.env, ...env } }
}

function lineOf(n: number, of: number, { kind, atMs, recoveryMs, helped }: FaultRecord): string {
  const seconds = (ms: number, width: number): string => (ms / 1_000).toFixed(1).padStart(width)
  const more = helped.length === 0 ? '' : ` (${helped.join(', ')})`
  return `${String(n).padStart(3)}/${of} ${seconds(atMs, 7)} s  ${kind}: back after ${seconds(recoveryMs, 1)} s${more}`
}
