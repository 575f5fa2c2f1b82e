import { join } from 'node:path'
import {
  abandonStack,
  clean,
  isFree,
  openStack,
  startProcesses,
  PORT_NAMES,
  type PortName,
  type Stack,
  type StackOptions,
} from '@fintech-streams/local'

/** Between two ports: each further processor's metrics are 10 above the one before, so not a divisor of that. */
const PORTS_APART = 3
/**
 * Below the ports that systems give to outgoing connections, which could take that of a process while it is down. Runs at
 * the same time, each a parent process of its own, seldom begin at the same one.
 */
const FIRST_PORT = 20_000 + 3_000 * (process.ppid % 3)
/** Test files run at the same time, each in a worker of its own. */
const PORTS_OF_A_WORKER = 1_000

let nextPort = FIRST_PORT + PORTS_OF_A_WORKER * Number(process.env['VITEST_POOL_ID'] ?? 0)

/** Ports of a stack for a test, free and like no other test's. */
export async function testPorts(): Promise<Record<PortName, number>> {
  const free: number[] = []
  for (; free.length < PORT_NAMES.length; nextPort += PORTS_APART) if (await isFree(nextPort)) free.push(nextPort)
  return Object.fromEntries(PORT_NAMES.map((name, at) => [name, free[at]])) as Record<PortName, number>
}

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
  const dataDir = join(openStack().checkout, '.data/e2e', name)
  const stack = openStack({ ...options, dataDir, ports: await testPorts() })
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

/** Stops all processes of a test's stack, also after a start that failed half-way. */
export async function stopTestStack(stack: Stack | undefined): Promise<void> {
  if (stack !== undefined) await abandonStack(stack)
}
