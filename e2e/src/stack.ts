import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  clean,
  freePorts,
  openStack,
  startProcesses,
  stopStack,
  type PortName,
  type Stack,
  type StackOptions,
} from '@fintech-streams/local'

const PORT_NAMES: readonly PortName[] = [
  'postgres',
  'kafka',
  'kafkaController',
  'connect',
  'api',
  'processorMetrics',
  'sinkMetrics',
  'counterMetrics',
  'lakeMetrics',
  'nightlyMetrics',
  'auditMetrics',
]

/** Between two ports: each further processor's metrics are 10 above the one before, so not a divisor of that. */
const PORTS_APART = 3

/**
 * Starts processes of a stack of the test's own: free ports, and state under `.data/e2e/<name>` that begins empty.
 * After the test its logs stay there until the next run.
 * @param only the processes, by name; what they need comes with them.
 */
export async function startTestStack(
  name: string,
  only: readonly string[],
  options: Pick<StackOptions, 'env'> = {},
): Promise<Stack> {
  const free = await freePorts(PORT_NAMES.length)
  const ports = Object.fromEntries(PORT_NAMES.map((portName, at) => [portName, free[at] ?? 0]))
  const checkout = openStack().checkout
  const stack = openStack({ ...options, dataDir: join(checkout, '.data/e2e', name), ports })
  await clean(stack, false, () => undefined)
  await startProcesses(stack, only)
  return stack
}

/**
 * A stack with its state under `.data/<name>` and its processes on ports from `firstPort` on; nothing is started. Fixed
 * ports, for a process that is killed and started again: one that the system gives out could be taken in between.
 */
export function ownStack(name: string, firstPort: number, env: Record<string, string>): Stack {
  const ports = Object.fromEntries(PORT_NAMES.map((portName, at) => [portName, firstPort + at * PORTS_APART]))
  return openStack({ dataDir: join(openStack().checkout, '.data', name), ports, env })
}

export const hasServing = (stack: Stack): boolean => existsSync(join(stack.checkout, 'serving/src/main.ts'))

/** Stops all processes of a test's stack, also after a start that failed half-way. */
export async function stopTestStack(stack: Stack | undefined): Promise<void> {
  if (stack !== undefined) await stopStack(stack)
}

export const bootstrapOf = (stack: Stack): string[] => [`localhost:${stack.ports.kafka}`]
