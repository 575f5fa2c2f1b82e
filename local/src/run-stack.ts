import { startProcess, stopProcess } from './launch.ts'
import { kill, recordedNames } from './process-record.ts'
import { type Report } from './process-spec.ts'
import { processTable, requireKnown, withNeeds } from './process-table.ts'
import { openStack, type Stack, type StackOptions } from './stack.ts'

export interface StartOptions extends StackOptions {
  /** Start these and what they need; everything when left out. */
  only?: readonly string[]
  report?: Report
  /** Gives up waiting; what has been started so far keeps running. */
  signal?: AbortSignal
}

const silent: Report = () => undefined

/**
 * Opens a stack and starts its processes one after the other, each ready before the next. Those that run are left alone;
 * those that died are started again on their data.
 * @throws OperatingError when one does not become ready; the ones before it keep running.
 */
export async function startStack(options: StartOptions = {}): Promise<Stack> {
  const stack = openStack(options)
  await startProcesses(stack, options.only ?? [], options.report ?? silent, options.signal)
  return stack
}

/** Starts the named processes, and what they need, of a stack that is open; all when no name is given. */
export async function startProcesses(
  stack: Stack,
  names: readonly string[],
  report: Report = silent,
  signal?: AbortSignal,
): Promise<void> {
  for (const spec of withNeeds(processTable(stack), names)) await startProcess(stack, spec, report, signal)
}

/** Starts one process of an open stack; what it needs runs already. */
export async function startOnly(stack: Stack, name: string, report: Report, signal?: AbortSignal): Promise<void> {
  const spec = withNeeds(processTable(stack), [name]).find((one) => one.name === name)
  if (spec !== undefined) await startProcess(stack, spec, report, signal)
}

/**
 * Stops the named processes, all of the stack's when no name is given, in reverse start order. Processes that need a
 * named one are left running.
 * @throws UsageError for an unknown name.
 */
export async function stopStack(stack: Stack, names: readonly string[] = [], report: Report = silent): Promise<void> {
  const table = processTable(stack)
  requireKnown(table, names)
  const chosen = names.length === 0 ? recordedNames(stack) : names
  for (const spec of table.reverse()) {
    if (chosen.includes(spec.name)) await stopProcess(stack, spec, report)
  }
}

/** Ends a stack whose data nobody reads again, at once. */
export async function abandonStack(stack: Stack): Promise<void> {
  for (const name of recordedNames(stack)) {
    // A postmaster that is killed leaves its shared memory to the system.
    kill(stack, name, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')
  }
  await stopStack(stack)
}
