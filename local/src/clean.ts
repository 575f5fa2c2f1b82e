import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { JAVA_LIBRARIES } from './java-libraries.ts'
import { postgresFolders } from './postgres-home.ts'
import { type Report } from './process-spec.ts'
import { stopStack } from './run-stack.ts'
import { type Stack } from './stack.ts'

/**
 * Stops the stack and removes its data, logs and pid files.
 * @param libraries also removes the downloaded libraries, which every stack of the checkout shares.
 */
export async function clean(stack: Stack, libraries: boolean, report: Report): Promise<void> {
  await stopStack(stack, [], report)
  const folders = [...OWN.map((name) => join(stack.dataDir, name)), ...postgresFolders(stack)]
  for (const folder of [...folders, ...(libraries ? [JAVA_LIBRARIES] : [])]) {
    if (!existsSync(folder)) continue
    rmSync(folder, { recursive: true, force: true })
    report(`removed ${folder}`)
  }
  if (existsSync(stack.dataDir) && readdirSync(stack.dataDir).length === 0) rmSync(stack.dataDir, { recursive: true })
}

/** What the stack has made, beside Postgres's: a data folder that also holds something else keeps it. */
const OWN = ['kafka', 'lake', 'logs', 'pids', 'statements', 'tmp']
