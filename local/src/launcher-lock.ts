import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { OperatingError } from '@fintech-streams/service'
import { bornOf } from './process-record.ts'
import { type Stack } from './stack.ts'

interface Holder {
  readonly pid: number
  /** When the system started it: a pid alone may be another process's by now. */
  readonly born: string
}

/**
 * Makes this process the only launcher of a stack: a second one would stop what the first has started.
 * @returns what gives the lock back.
 * @throws OperatingError `launcher_running` with the pid of the one that holds it.
 */
export function acquireLauncherLock(stack: Stack): () => void {
  mkdirSync(stack.dataDir, { recursive: true, mode: 0o700 })
  const file = join(stack.dataDir, 'launcher.json')
  const own: Holder = { pid: process.pid, born: bornOf(process.pid) ?? '' }
  for (;;) {
    try {
      const opened = openSync(file, 'wx')
      writeSync(opened, JSON.stringify(own))
      closeSync(opened)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = holderOf(file)
    if (holder !== undefined && bornOf(holder.pid) === holder.born) {
      throw new OperatingError(
        'launcher_running',
        `another launcher of this checkout runs, pid ${holder.pid}: stop it with Ctrl-C, or kill ${holder.pid}`,
      )
    }
    rmSync(file, { force: true })
  }
}

/** Undefined for a file that was cut short, as a power cut leaves it. */
function holderOf(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}
