import { logTail, probeFailure } from './launch.ts'
import { processInfo, type ProcessInfo } from './process-record.ts'
import { type ProcessSpec } from './process-spec.ts'
import { processTable } from './process-table.ts'
import { type Stack } from './stack.ts'
import { table } from './text-table.ts'

/** How a process does: `died` means that it was started and is gone without having been stopped. */
export type Condition = 'ready' | 'not ready' | 'died' | 'stopped'

export interface ProcessStatus {
  readonly spec: ProcessSpec
  readonly info: ProcessInfo
  readonly condition: Condition
  /** Why it is not ready, or the log of one that died. */
  readonly detail: string
}

/** Looks at every process of the stack; those that run are asked whether they do their work. */
export async function stackStatus(stack: Stack): Promise<ProcessStatus[]> {
  return Promise.all(processTable(stack).map((spec) => processStatus(stack, spec)))
}

async function processStatus(stack: Stack, spec: ProcessSpec): Promise<ProcessStatus> {
  const info = processInfo(stack, spec.name)
  if (info.running) {
    const reason = await probeFailure(stack, spec)
    return { spec, info, condition: reason === undefined ? 'ready' : 'not ready', detail: reason ?? '' }
  }
  return info.expected
    ? { spec, info, condition: 'died', detail: logTail(stack, spec.name) }
    : { spec, info, condition: 'stopped', detail: '' }
}

/** One line per process: name, condition, pid, ports and the bound on its memory. */
export function statusLines(statuses: readonly ProcessStatus[]): string[] {
  return table([
    ['process', 'condition', 'pid', 'ports', 'memory', ''],
    ...statuses.map(({ spec, info, condition, detail }) => [
      spec.name,
      condition,
      info.running ? String(info.pid) : '',
      spec.ports.map(({ port, variable }) => `${port} (${variable})`).join(', '),
      spec.memory,
      condition === 'not ready' ? detail : '',
    ]),
  ])
}
