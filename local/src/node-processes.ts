import { requireOk } from './http-probe.ts'
import { withClient } from './postgres.ts'
import { programFile, type ProgramName } from './programs.ts'
import { type ProcessCommand, type ProcessSpec } from './process-spec.ts'
import { asRole, PORTS, setting, variableOf, type Environment, type Stack } from './stack.ts'

const HEAP_MB = 1024
/** Each further processor's metrics port is this much above the one before. */
const METRICS_PORT_STEP = 10

interface NodeProcess {
  name: string
  program: ProgramName
  args: readonly string[]
  needs: readonly string[]
  port: number
  variable: string
  env?: Environment
}

/** The name of the nth processor, counted from 1. */
export const processorName = (n: number): string => (n === 1 ? 'processor' : `processor-${n}`)

/** Where the nth processor serves its metrics. */
export const processorMetricsPort = (stack: Stack, n: number): number =>
  stack.ports.processorMetrics + (n - 1) * METRICS_PORT_STEP

export const processor = (stack: Stack, n: number): ProcessSpec =>
  nodeProcess(stack, {
    name: processorName(n),
    program: 'processor',
    args: ['run', '--workers', '1'],
    needs: ['kafka'],
    port: processorMetricsPort(stack, n),
    variable: variableOf(PORTS.processorMetrics),
  })

export const sink = (stack: Stack): ProcessSpec =>
  nodeProcess(stack, {
    name: 'sink',
    program: 'sink',
    args: [],
    needs: ['postgres', 'kafka'],
    port: stack.ports.sinkMetrics,
    variable: variableOf(PORTS.sinkMetrics),
    env: asRole(stack, 'sink'),
  })

export const serving = (stack: Stack): ProcessSpec =>
  nodeProcess(stack, {
    name: 'serving',
    program: 'serving',
    args: [],
    needs: ['postgres', 'kafka'],
    port: stack.ports.api,
    variable: variableOf(PORTS.api),
    env: asRole(stack, 'api'),
  })

/** The generator: live transactions, as its own variables (`GENERATOR_RATE`, …) say. Starts only when asked for. */
export const generator = (stack: Stack): ProcessSpec => ({
  name: 'generator',
  needs: ['postgres'],
  onRequest: true,
  ports: [],
  memory: `${HEAP_MB} MB heap`,
  command: async () => nodeCommand(programFile(stack, 'generator'), ['run-all']),
  probe: (to) =>
    withClient(to, setting(to, 'POSTGRES_DB'), async (client) => {
      const { rowCount } = await client.query("select from pg_stat_activity where application_name = 'generator'")
      if (rowCount === 0) throw new Error('it is not connected to Postgres')
    }),
  readyWithinMs: 60_000,
  stopSignal: 'SIGTERM',
  stopWithinMs: 20_000,
})

const nodeCommand = (file: string, args: readonly string[], env: Environment = {}): ProcessCommand => ({
  file: process.execPath,
  args: [`--max-old-space-size=${HEAP_MB}`, file, ...args],
  env,
})

/** A program of the project that answers `/readyz` once it does its work. */
function nodeProcess(stack: Stack, { name, program, args, needs, port, variable, env }: NodeProcess): ProcessSpec {
  return {
    name,
    needs,
    ports: [{ port, variable }],
    memory: `${HEAP_MB} MB heap`,
    command: async () => nodeCommand(programFile(stack, program), args, { ...env, [variable]: String(port) }),
    probe: () => requireOk(`http://localhost:${port}/readyz`),
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 20_000,
  }
}
