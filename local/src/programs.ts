import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { OperatingError } from '@fintech-streams/service'
import { type Report } from './process-spec.ts'
import { type Stack } from './stack.ts'

/** The arguments of Node for a program of the project: `fintech <program> …`. */
export const commandLine = ({ checkout }: Stack, program: string, ...args: readonly string[]): string[] => [
  join(checkout, 'cli/src/main.ts'),
  program,
  ...args,
]

/**
 * Runs a program to its end with the stack's environment and reports each line that it writes.
 * @throws OperatingError with its last line when it fails.
 */
export async function runToEnd(
  stack: Stack,
  program: string,
  args: readonly string[],
  report: Report,
  signal?: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, commandLine(stack, program, ...args), {
    cwd: stack.checkout,
    env: stack.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  })
  let last = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last = line
      report(`${program}: ${line}`)
    })
  }
  const failure = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, by) => resolve(code === 0 ? undefined : (by ?? `exit code ${code}`)))
  })
  if (failure !== undefined) throw new OperatingError('program_failed', `${program} failed (${failure}): ${last}`)
}
