import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import {
  connectSettings,
  type ErrorCode,
  kafkaSettings,
  number,
  OperatingError,
  port,
  postgresSettings,
  type Setting,
} from '@fintech-streams/service'
import { PARTITIONS } from '@fintech-streams/contracts'
import { rolePasswordSettings } from '@fintech-streams/sql'

/** The checkout that this code is part of. */
export const CHECKOUT = resolve(import.meta.dirname, '../..')

const movable = (env: string, fallback: number, help: string): Setting<number> => port({ env, default: fallback, help })

/** Every port that a process of the stack listens on, with the environment variable that moves it. */
export const PORTS = {
  postgres: postgresSettings.postgresPort,
  kafka: kafkaSettings.kafkaPort,
  kafkaController: movable('KAFKA_CONTROLLER_PORT', 9093, 'Kafka controller port'),
  connect: connectSettings.connectPort,
  api: movable('API_PORT', 8081, 'serving API and console port'),
  processorMetrics: movable('PROCESSOR_METRICS_PORT', 9101, 'metrics port of the first processor'),
  sinkMetrics: movable('SINK_METRICS_PORT', 9102, 'metrics port of the result sink'),
  counterMetrics: movable('COUNTER_METRICS_PORT', 9103, 'metrics port of the counter of top senders'),
  lakeMetrics: movable('LAKE_METRICS_PORT', 9104, 'metrics port of the lake'),
  nightlyMetrics: movable('NIGHTLY_METRICS_PORT', 9105, 'metrics port of the nightly scheduler'),
  auditMetrics: movable('AUDIT_METRICS_PORT', 9106, 'metrics port of the audit'),
} as const satisfies Record<string, Setting<number>>

/** One partition of the transactions each at least: more would idle. */
const PROCESSORS_MAX = PARTITIONS
/** How many processor processes to run. */
export const processors = number({
  env: 'PROCESSOR_WORKERS',
  default: 1,
  min: 1,
  max: PROCESSORS_MAX,
  integer: true,
  help: 'processor processes, which share the partitions',
})

/** How much heap each of them may take. */
export const processorHeapMb = number({
  env: 'PROCESSOR_HEAP_MB',
  default: 1024,
  min: 64,
  integer: true,
  help: 'heap of a processor process',
})

/** Names and passwords that have a default for the demo. */
const defaulted = [
  postgresSettings.postgresDatabase,
  postgresSettings.postgresUser,
  postgresSettings.postgresPassword,
  ...Object.values(rolePasswordSettings),
]

/**
 * Variables that would send the stack's programs elsewhere, or have them ask for TLS or a login that its own servers do
 * not have: whatever a shell or `.env` has set them for, it is not this stack.
 */
const ELSEWHERE = new Set(Object.values<Setting<unknown>>({ ...postgresSettings, ...kafkaSettings }).map(variableOf))
for (const declared of [PORTS.postgres, PORTS.kafka, ...defaulted]) ELSEWHERE.delete(variableOf(declared))

export type PortName = keyof typeof PORTS
export const PORT_NAMES = Object.keys(PORTS) as readonly PortName[]
export type Environment = Readonly<Record<string, string>>

/** One stack on this machine: where its state lies, its ports, and the environment that all its processes get. */
export interface Stack {
  readonly checkout: string
  /** Data, logs and pid files of this stack. */
  readonly dataDir: string
  readonly ports: Readonly<Record<PortName, number>>
  readonly env: Environment
  /** Processor processes to run: `processor`, `processor-2`, …; from `PROCESSOR_WORKERS`. */
  readonly processors: number
  /** From `PROCESSOR_HEAP_MB`. */
  readonly processorHeapMb: number
}

export interface StackOptions {
  /** Default: `FINTECH_DATA_DIR`, else `.data` in the checkout. Two stacks need two folders. */
  dataDir?: string
  ports?: Partial<Record<PortName, number>>
  /** Wins over the process's own environment, which wins over the checkout's `.env` file. */
  env?: Environment
}

/**
 * Resolves a stack's settings; starts nothing.
 * @throws OperatingError for a port that is no port number.
 */
export function openStack(options: StackOptions = {}): Stack {
  const outside = Object.entries(layeredEnvironment(environmentFile(join(CHECKOUT, '.env')), process.env))
  const ours = Object.fromEntries(outside.filter(([variable]) => !ELSEWHERE.has(variable)))
  const layered = layeredEnvironment(ours, options.env)
  const ports = portsOf(layered, options.ports ?? {})
  const dataDir = resolve(CHECKOUT, options.dataDir ?? layered['FINTECH_DATA_DIR'] ?? '.data')
  const env: Record<string, string> = { ...layered, FINTECH_DATA_DIR: dataDir }
  for (const [name, setting] of Object.entries(PORTS)) env[variableOf(setting)] = String(ports[name as PortName])
  for (const declared of defaulted) env[variableOf(declared)] ??= declared.default
  // The native stack is reached over loopback only.
  for (const host of ['POSTGRES_HOST', 'KAFKA_HOST', 'CONNECT_HOST']) env[host] = 'localhost'
  // The connectors' files have no defaults.
  env['POSTGRES_SSLMODE'] ??= postgresSettings.postgresSslmode.default
  env['POSTGRES_SSL_CA'] ??= ''
  return {
    checkout: CHECKOUT,
    dataDir,
    ports,
    env,
    processors: countOf(processors, layered, 'bad_workers'),
    processorHeapMb: countOf(processorHeapMb, layered, 'bad_heap'),
  }
}

/** A value of the stack's environment that {@link openStack} has given a default. */
export function setting(stack: Stack, variable: string): string {
  const value = stack.env[variable]
  if (value === undefined) throw new Error(`${variable} has no value and no default`)
  return value
}

/** The environment of a program that works on the database as one of the platform's roles. */
export function asRole(stack: Stack, role: 'sink' | 'counter' | 'api' | 'reconciliation' | 'grafana'): Environment {
  return { POSTGRES_USER: role, POSTGRES_PASSWORD: setting(stack, `${role.toUpperCase()}_DB_PASSWORD`) }
}

/** Layers of variables, the last one strongest; an empty variable counts as unset, as it does for the programs. */
export function layeredEnvironment(
  ...layers: (Readonly<Record<string, string | undefined>> | undefined)[]
): Record<string, string> {
  return Object.assign({}, ...layers.map((layer) => definedOf(layer ?? {}))) as Record<string, string>
}

/** The variables of an environment file in the form that compose reads, too; none when there is no file. */
export function environmentFile(path: string): Record<string, string> {
  return existsSync(path) ? definedOf(parseEnv(readFileSync(path, 'utf8'))) : {}
}

export function variableOf(declared: Setting<unknown>): string {
  if (declared.env === undefined) throw new Error('a setting of the stack needs an environment variable')
  return declared.env
}

function countOf(declared: Setting<number>, env: Environment, code: ErrorCode): number {
  const variable = variableOf(declared)
  const text = env[variable]
  if (text === undefined) return declared.default
  try {
    return declared.parse(text)
  } catch (error) {
    throw new OperatingError(code, `${variable} is "${text}": ${(error as Error).message}`, error)
  }
}

function portsOf(env: Environment, given: Partial<Record<PortName, number>>): Record<PortName, number> {
  const portOf = (name: PortName): number => {
    const declared: Setting<number> = PORTS[name]
    const variable = variableOf(declared)
    const text = given[name] === undefined ? env[variable] : String(given[name])
    if (text === undefined) return declared.default
    try {
      return declared.parse(text)
    } catch {
      throw new OperatingError('bad_port', `${variable} is "${text}": set it to a port number from 1 to 65535`)
    }
  }
  return Object.fromEntries(Object.keys(PORTS).map((name) => [name, portOf(name as PortName)])) as Record<
    PortName,
    number
  >
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  )
}
