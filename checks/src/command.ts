import { execFile } from 'node:child_process'
import { commandLine, type Stack } from '@fintech-streams/local'

const OUTPUT_MAX_BYTES = 16 * 1024 * 1024

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs one of the project's programs to its end, with a stack's environment. */
export function runCommand(stack: Stack, program: string, args: readonly string[] = []): Promise<CommandResult> {
  return runNode(stack, program, commandLine(stack, program, ...args))
}

/** Runs a TypeScript file of the checkout against the stack, as `runCommand` runs a program. */
export function runScript(stack: Stack, file: string, args: readonly string[] = []): Promise<CommandResult> {
  return runNode(stack, file, [file, ...args])
}

function runNode(stack: Stack, program: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const options = { cwd: stack.checkout, env: stack.env, maxBuffer: OUTPUT_MAX_BYTES }
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else reject(new Error(`${program} did not run to its end`, { cause: error }))
    })
  })
}
