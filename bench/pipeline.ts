/**
 * What the whole native stack costs on this machine, from the commit in Postgres to the row in the result table: sustained
 * transactions a second and processor time by program, while history drains through processes that have just started
 * (cold), for bursts that are written as fast as the generator can (the last one warm), and at rest.
 *
 * node bench/pipeline.ts --history 2h --history-rate 4 --bursts 30000,30000 --rest 25s
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import {
  addSettings,
  createProgram,
  duration,
  list,
  number,
  runProgram,
  shownDuration,
  text,
  valuesOf,
} from '@fintech-streams/service'
import { stopStack } from '@fintech-streams/local'
import { openBenchStack } from './src/bench-stack.ts'
import { accountReport, type Account, figuresOf } from './src/pipeline-report.ts'
import { type Phase, PipelineRun } from './src/pipeline-run.ts'

/** Turns of a loop whose time tells how fast the machine is in this minute. */
const CALIBRATION_TURNS = 300_000_000

const settings = {
  customers: number({ default: 1_000, min: 10, integer: true, help: 'customers' }),
  history: duration({ default: 7_200_000, help: 'history that the processes find when they are ready; 0ms: none' }),
  historyRate: number({ default: 4, min: 0.1, help: 'its transactions a second' }),
  bursts: list(number({ default: 30_000, min: 1, integer: true, help: 'transactions of a burst, one after another' })),
  rest: duration({ default: 25_000, help: 'how long to look at the stack at rest; 0ms: not' }),
  restRate: number({ default: 3, min: 0.1, help: 'transactions a second at rest' }),
  json: text({ default: '', takes: 'file', help: 'where to write the figures, too' }),
}

const program = createProgram('pipeline', 'What the whole pipeline costs, by program')
addSettings(program, settings).action(async () => {
  const { customers, history, historyRate, bursts, rest, restRate, json } = valuesOf(program, settings)
  const calibrationMs = [calibration()]
  const phases: Phase[] = []
  const stack = await openBenchStack('pipeline')
  let run: PipelineRun | undefined
  const done = (phase: Phase): void => {
    phases.push(phase)
    console.error(figuresOf(phase))
  }
  try {
    const [started, start] = await PipelineRun.start(stack, customers)
    run = started
    done(start)
    if (history > 0) {
      const args = ['--rate', String(historyRate), '--backfill', `${history}ms`, '--duration', '1s']
      done(await run.write(`history of ${shownDuration(history)}`, args))
    }
    for (const [at, count] of bursts.entries()) {
      done(await run.write(`burst ${at + 1}`, ['--rate', '0', '--count', String(count)]))
    }
    if (rest > 0) done(await run.rest(restRate, rest))
  } finally {
    await run?.close()
    await stopStack(stack)
  }
  calibrationMs.push(calibration())
  const account: Account = { calibrationMs, phases, peakMb: run.account.peakMb }
  console.log(accountReport(account))
  if (json !== '') writeFileSync(json, `${JSON.stringify(account, replacer, 1)}\n`)
})
await runProgram(program)

/** Maps as objects. */
function replacer(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value
}

/** Processor time, in ms, of a loop that waits for nothing; in a process of its own, as a compiler treats a second run differently. */
function calibration(): number {
  const loop = `let sum = 0
    const before = process.cpuUsage().user
    for (let turn = 0; turn < ${CALIBRATION_TURNS}; turn += 1) sum = (Math.imul(sum, 31) + turn) | 0
    console.log((process.cpuUsage().user - before) / 1000, sum)`
  return Number.parseFloat(execFileSync(process.execPath, ['--eval', loop], { encoding: 'utf8' }))
}
