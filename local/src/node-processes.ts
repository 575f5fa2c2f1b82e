import { requireOk } from './http-probe.ts'
import { withClient } from './postgres.ts'
import { commandLine } from './programs.ts'
import { type ProcessCommand, type ProcessSpec } from './process-spec.ts'
import { asRole, PORTS, setting, variableOf, type Environment, type Stack } from './stack.ts'

const HEAP_MB = 1024
/** Each further processor's metrics port is this much above the one before. */
const METRICS_PORT_STEP = 10

interface NodeProcess {
  name: string
  program: string
  args: readonly string[]
  needs: readonly string[]
  port: number
  variable: string
  env?: Environment
  heapMb?: number
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
    heapMb: stack.processorHeapMb,
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

/** Counts again and again whether everything that was written has come out; it may read what dashboards read. */
export const audit = (stack: Stack): ProcessSpec =>
  nodeProcess(stack, {
    name: 'audit',
    program: 'audit',
    args: ['--serve'],
    needs: ['postgres', 'kafka'],
    port: stack.ports.auditMetrics,
    variable: variableOf(PORTS.auditMetrics),
    env: { ...asRole(stack, 'grafana'), AUDIT_WINDOW: '10m' },
  })

/** Counts top senders: the one part of the API that is there once, however many instances of it there are. */
export const counter = (stack: Stack): ProcessSpec =>
  nodeProcess(stack, {
    name: 'counter',
    program: 'top-senders',
    args: [],
    needs: ['postgres', 'kafka'],
    port: stack.ports.counterMetrics,
    variable: variableOf(PORTS.counterMetrics),
    env: asRole(stack, 'counter'),
  })

export const serving = (stack: Stack): ProcessSpec =>
  nodeProcess(stack, {
    name: 'serving',
    program: 'serving',
    args: [],
    needs: ['postgres', 'kafka', 'counter'],
    port: stack.ports.api,
    variable: variableOf(PORTS.api),
    // The demo on one machine: as long as there is no token, everybody may do everything.
    env: { ...asRole(stack, 'api'), ...metricsUrls(stack), API_OPEN_WITHOUT_TOKENS: '1' },
  })

/** Where the API's page of the pipeline asks the other programs. */
function metricsUrls(stack: Stack): Environment {
  const url = (port: number): string => `http://localhost:${port}`
  const processors = Array.from({ length: stack.processors }, (_, at) => url(processorMetricsPort(stack, at + 1)))
  return {
    PROCESSOR_METRICS_URL: processors.join(','),
    SINK_METRICS_URL: url(stack.ports.sinkMetrics),
    AUDIT_METRICS_URL: url(stack.ports.auditMetrics),
    COUNTER_METRICS_URL: url(stack.ports.counterMetrics),
    LAKE_METRICS_URL: url(stack.ports.lakeMetrics),
    NIGHTLY_METRICS_URL: url(stack.ports.nightlyMetrics),
  }
}

/** The lake's writer, and the stream of fraud_index and ops_index. */
export const lake = (stack: Stack): ProcessSpec =>
  nodeProcess(stack, {
    name: 'lake',
    program: 'reconciliation',
    args: ['lake'],
    needs: ['postgres', 'kafka'],
    port: stack.ports.lakeMetrics,
    variable: variableOf(PORTS.lakeMetrics),
    env: { ...asRole(stack, 'reconciliation'), DUCKDB_MEMORY_MB: '256', DUCKDB_THREADS: '1' },
  })

/** Reconciles each day once it is over, with statements of its own making: no bank knows of a demo's transactions. */
export const nightly = (stack: Stack): ProcessSpec =>
  nodeProcess(stack, {
    name: 'nightly',
    program: 'reconciliation',
    args: ['schedule', '--demo-statements'],
    needs: ['postgres', 'kafka', 'lake'],
    port: stack.ports.nightlyMetrics,
    variable: variableOf(PORTS.nightlyMetrics),
    env: { ...asRole(stack, 'reconciliation'), DUCKDB_MEMORY_MB: '512' },
  })

/** The generator: live transactions, as its own variables (`GENERATOR_RATE`, …) say. Starts only when asked for. */
export const generator = (stack: Stack): ProcessSpec => ({
  name: 'generator',
  needs: ['postgres'],
  onRequest: true,
  ports: [],
  memory: `${HEAP_MB} MB heap`,
  command: async () => nodeCommand(commandLine(stack, 'generator', 'run-all')),
  probe: (to) =>
    withClient(to, setting(to, 'POSTGRES_DB'), async (client) => {
      const { rowCount } = await client.query("select from pg_stat_activity where application_name = 'generator'")
      if (rowCount === 0) throw new Error('it is not connected to Postgres')
    }),
  readyWithinMs: 60_000,
  stopSignal: 'SIGTERM',
  stopWithinMs: 20_000,
})

const nodeCommand = (line: readonly string[], env: Environment = {}, heapMb = HEAP_MB): ProcessCommand => ({
  file: process.execPath,
  args: [`--max-old-space-size=${heapMb}`, ...line],
  env,
})

/** A program of the project that answers `/readyz` once it does its work. */
function nodeProcess(stack: Stack, options: NodeProcess): ProcessSpec {
  const { name, program, args, needs, port, variable, env, heapMb = HEAP_MB } = options
  return {
    name,
    needs,
    ports: [{ port, variable }],
    memory: `${heapMb} MB heap`,
    command: async () =>
      nodeCommand(commandLine(stack, program, ...args), { ...env, [variable]: String(port) }, heapMb),
    probe: () => requireOk(`http://localhost:${port}/readyz`),
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 20_000,
  }
}
