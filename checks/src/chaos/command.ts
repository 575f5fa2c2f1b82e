import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  addSettings,
  createProgram,
  duration,
  EXIT_FAILURE,
  names,
  number,
  OperatingError,
  port,
  stopSignal,
  toggle,
  valuesOf,
} from '@fintech-streams/service'
import { commandLine, clean, stopStack, type Stack } from '@fintech-streams/local'
import { ownStack } from '../stack.ts'
import { type Verification } from '../verify/verify.ts'
import { Chaos, type ChaosRun } from './chaos.ts'
import { clockEnvironment } from './clock-faults.ts'
import { FAULTS } from './faults.ts'
import { type ChaosReport, loadLine, recoveryLines, recoveryTable, writeReport } from './report.ts'
import { type Fault } from './scene.ts'

/** A run of half an hour holds some millions of records. */
const VERIFIER_HEAP_MB = 12_288
const WORKERS = 2

const settings = {
  faults: number({ env: 'CHAOS_FAULTS', default: 60, min: 1, integer: true, help: 'how many things go wrong' }),
  only: names({ default: undefined, known: FAULTS.map(({ name }) => name), help: 'draw from these faults only' }),
  list: toggle({ help: 'say what each fault does and how it heals, and end' }),
  within: duration({ default: undefined, help: 'no further fault after this long; without it, all of them' }),
  seed: number({
    env: 'CHAOS_SEED',
    default: undefined,
    min: 0,
    integer: true,
    help: 'same seed: same faults in order',
  }),
  rate: number({ env: 'CHAOS_RATE', default: 1_000, min: 50, integer: true, help: 'transactions a second' }),
  customers: number({ env: 'CHAOS_CUSTOMERS', default: 5_000, min: 100, integer: true, help: 'customers' }),
  history: duration({ default: 9_000_000, help: 'history before it, so that windows of every size close' }),
  historyRate: number({ default: 10, min: 1, help: 'transactions a second of the history' }),
  withoutServing: toggle({ help: 'leave the serving API out, which has no part in the results' }),
  firstPort: port({ env: 'CHAOS_FIRST_PORT', default: 30_100, help: 'its processes listen on ports from here on' }),
}

const say = (line: string): void => console.log(line)

export const command = createProgram(
  'chaos',
  'Break a stack of its own under load, again and again, then recompute every result and compare',
)
addSettings(command, settings).action(async () => {
  const values = valuesOf(command, settings)
  if (values.list) return FAULTS.forEach(({ name, does, heals }) => say(`${name}: ${does}; ${heals}`))
  const seed = values.seed ?? Math.floor(Math.random() * 1_000_000)
  const signal = stopSignal()
  const own = ownStack('chaos', values.firstPort, { PROCESSOR_WORKERS: String(WORKERS) })
  const stack = { ...own, env: { ...own.env, ...clockEnvironment(own) } }
  say(`seed ${seed}; state, logs and report.json in ${stack.dataDir}`)
  await clean(stack, false, () => undefined)
  const startedMs = Date.now()
  const shared = { startedAt: new Date(startedMs).toISOString(), seed, workers: WORKERS, customers: values.customers }
  try {
    const run = await new Chaos({
      stack,
      isPossible: (fault) => isPossible(fault, values),
      faults: values.faults,
      withinMs: values.within ?? Infinity,
      seed,
      ratePerSecond: values.rate,
      customers: values.customers,
      history: { durationMs: values.history, ratePerSecond: values.historyRate },
      hasServing: !values.withoutServing,
      report: say,
      signal,
    }).run()
    const verification = await verified(stack, run)
    const report = reportOf(run, verification, { ...shared, seconds: Math.round((Date.now() - startedMs) / 1_000) })
    mkdirSync(stack.dataDir, { recursive: true })
    writeReport(join(stack.dataDir, 'report.json'), report)
    show(report)
    if (!report.ok) process.exitCode = EXIT_FAILURE
  } catch (error) {
    if (signal.aborted) throw new OperatingError('interrupted', 'interrupted: nothing was verified', error)
    throw error
  } finally {
    Chaos.release(stack)
    await stopStack(stack)
  }
})

/** Whether a fault may be drawn; one for which a program is missing is named. */
function isPossible(
  { name, needs, requires }: Fault,
  values: { only?: readonly string[] | undefined; withoutServing: boolean },
): boolean {
  if (values.only?.includes(name) === false) return false
  if (needs === 'serving' && values.withoutServing) return false
  if (requires === undefined || spawnSync(requires, ['--version']).status === 0) return true
  say(`${name} is left out: there is no ${requires}`)
  return false
}

/** By the command that anyone can run, with room for a long run. */
async function verified(stack: Stack, run: ChaosRun): Promise<Verification> {
  const steps = join(stack.dataDir, 'idle-steps.json')
  const result = join(stack.dataDir, 'verification.json')
  run.idleSteps.save(steps)
  rmSync(result, { force: true })
  const args = [`--max-old-space-size=${VERIFIER_HEAP_MB}`, ...commandLine(stack, 'verify')]
  const flags = ['--tables', '--idle-steps', steps, '--json', result]
  const child = spawn(process.execPath, [...args, ...flags], { env: stack.env, stdio: 'inherit' })
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  try {
    return JSON.parse(readFileSync(result, 'utf8')) as Verification
  } catch (error) {
    throw new OperatingError('not_verified', 'the verifier came to no result', error)
  }
}

function reportOf(
  run: ChaosRun,
  verification: Verification,
  about: Pick<ChaosReport, 'startedAt' | 'seconds' | 'seed' | 'workers' | 'customers'>,
): ChaosReport {
  const inKafka = verification.source.transactions - run.transactionsAdded
  const transactions = { inPostgres: run.transactionsInPostgres, inKafka }
  const ok = verification.ok && transactions.inPostgres === transactions.inKafka
  const { load, faults } = run
  return { ...about, load, faults, recovery: recoveryTable(faults), verification, transactions, ok }
}

function show({ load, faults, recovery, transactions, ok }: ChaosReport): void {
  const helped = faults.filter((fault) => fault.helped.length > 0)
  const lines = [
    '',
    ...recoveryLines(recovery),
    '',
    loadLine(load),
    `transactions: ${transactions.inPostgres} in Postgres, ${transactions.inKafka} in Kafka`,
    ...(helped.length === 0 ? [] : [`${helped.length} times something had to be started again besides`]),
    ok ? `${faults.length} faults measured: nothing missing, nothing twice, nothing wrong` : 'NOT as recomputed',
  ]
  lines.forEach(say)
}
