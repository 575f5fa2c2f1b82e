/**
 * What reading and writing cost by the processor's own code and by the client's, over one topic, each in a process of its
 * own on one core, the broker on another: docs/adr/0010. With a folder of other clients, they are measured, too:
 *
 *   npm install --prefix .data/bench/clients kafkajs node-rdkafka
 *   node bench/client.ts --others .data/bench/clients
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { minutes } from '@fintech-streams/contracts'
import { kafkaOf, type Stack, stopStack } from '@fintech-streams/local'
import { addSettings, createProgram, number, runProgram, text, valuesOf } from '@fintech-streams/service'
import { benchFolder, bootstrapOf, openBenchStack, startBroker, WORKER_CORE } from './src/bench-stack.ts'
import type { Figures } from './src/client-main.ts'
import { markdown, medianOf, oneDigit, whole } from './src/figures.ts'
import { prefillFile, produceFile } from './src/prefill.ts'

const execute = promisify(execFile)
const SPAN_MS = minutes(60)

const settings = {
  records: number({ default: 300_000, min: 1_000, max: 10_000_000, integer: true, help: 'transactions to read' }),
  runs: number({ default: 5, min: 1, max: 100, integer: true, help: 'runs of each, in alternation' }),
  others: text({ default: undefined, takes: 'folder', help: 'where kafkajs and node-rdkafka are installed' }),
  otherNode: text({ default: process.execPath, takes: 'file', help: 'the Node that an addon there was built for' }),
}

/** A client's way of doing a task; of the others where their folder is given. */
const OURS = ['own', 'fetch', 'stream'] as const
const WRITING = ['own', 'client'] as const
const OTHERS = ['kafkajs', 'node-rdkafka'] as const

const program = createProgram('client', 'Reading and writing by the processor’s own code and by clients')
addSettings(program, settings).action(async () => {
  const { records, runs, others, otherNode } = valuesOf(program, settings)
  const stack = await openBenchStack('client')
  try {
    const workload = { transactions: records, customers: 30_000, skew: 0.8, stepMs: SPAN_MS / records }
    const path = await prefillFile(benchFolder(), { seed: 1, workloads: [workload], closes: true })
    await startBroker(stack)
    const total = await produceFile(kafkaOf(stack, 'bench'), path)
    const ours = join(import.meta.dirname, 'src/client-main.ts')
    const theirs = join(import.meta.dirname, 'src/other-clients.mjs')
    for (const task of ['read', 'write-5000', 'write-10']) {
      const own = (task === 'read' ? OURS : WRITING).map((way) => [process.execPath, ours, way, task])
      const other = others === undefined ? [] : OTHERS.map((name) => [otherNode, theirs, name, task, others])
      const commands = [...own, ...other].map((command) => [...command, String(total), bootstrapOf(stack)])
      const measured = new Map<string, Figures[]>()
      for (let run = 0; run < runs; run += 1) {
        for (const [node = '', file = '', way = '', ...rest] of commands) {
          measured.set(way, [...(measured.get(way) ?? []), await figuresOf(stack, [node, file, way, ...rest])])
        }
      }
      console.log(`\n${tableOf(task, measured)}`)
    }
  } finally {
    await stopStack(stack)
  }
})
await runProgram(program)

async function figuresOf(stack: Stack, command: readonly string[]): Promise<Figures> {
  const { stdout } = await execute('taskset', ['-c', WORKER_CORE, ...command], { env: stack.env })
  return JSON.parse(stdout) as Figures
}

function tableOf(task: string, measured: ReadonlyMap<string, readonly Figures[]>): string {
  const rows = [...measured].map(([way, runs]) => [
    way,
    whole(medianOf(runs, ({ records, seconds }) => records / seconds)),
    oneDigit(medianOf(runs, ({ records, cpuSeconds }) => (cpuSeconds / records) * 1e6)),
    oneDigit(medianOf(runs, ({ calls, seconds }) => (seconds / calls) * 1_000)),
  ])
  return markdown([[task, 'records/s', 'CPU µs a record', 'ms a transaction or fetch'], ...rows])
}
