import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { commandLine, type Stack } from '@fintech-streams/local'

const execute = promisify(execFile)
/** The API reads its tokens every two seconds. */
const KNOWN_AFTER_MS = 3_000

/** A token that the stack's API knows. */
export async function createBenchToken(stack: Stack): Promise<string> {
  const program = commandLine(stack, 'serving')
  const args = [...program, 'token', 'create', '--name', 'bench', '--role', 'viewer,writer']
  const { stdout } = await execute(process.execPath, args, { env: stack.env })
  await sleep(KNOWN_AFTER_MS)
  return stdout.trim()
}
