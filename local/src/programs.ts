import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { OperatingError } from '@fintech-streams/cli'
import { type Report } from './process-spec.ts'
import { type Stack } from './stack.ts'

/** The project's own programs by the name of their command. */
const PROGRAMS = {
  migrate: 'sql/src/main.ts',
  connectors: 'connectors/src/main.ts',
  generator: 'generator/src/main.ts',
  processor: 'flink-like-processor/src/main.ts',
  sink: 'flink-like-processor/src/sink/main.ts',
  audit: 'audit/src/main.ts',
  serving: 'serving/src/main.ts',
  reconciliation: 'reconciliation/src/main.ts',
} as const

export type ProgramName = keyof typeof PROGRAMS

export const programFile = (stack: Stack, name: ProgramName): string => join(stack.checkout, PROGRAMS[name])
export const hasProgram = (stack: Stack, name: ProgramName): boolean => existsSync(programFile(stack, name))

/**
 * Runs a program to its end with the stack's environment and reports each line that it writes.
 * @throws OperatingError with its last line when it fails.
 */
export async function runToEnd(
  stack: Stack,
  name: ProgramName,
  args: readonly string[],
  report: Report,
  signal?: AbortSignal,
): Promise<void> {
  if (!hasProgram(stack, name)) return
  const child = spawn(process.execPath, [programFile(stack, name), ...args], {
    cwd: stack.checkout,
    env: stack.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  })
  let last = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last = line
      report(`${name}: ${line}`)
    })
  }
  const failure = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, by) => resolve(code === 0 ? undefined : (by ?? `exit code ${code}`)))
  })
  if (failure !== undefined) throw new OperatingError('program_failed', `${name} failed (${failure}): ${last}`)
}
