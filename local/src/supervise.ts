import { setTimeout as sleep } from 'node:timers/promises'
import { logTail } from './launch.ts'
import { boundLog } from './log-files.ts'
import { processInfo } from './process-record.ts'
import { type Report } from './process-spec.ts'
import { type Stack } from './stack.ts'

const POLL_MS = 500

/**
 * Watches processes until the signal. One that dies is reported once with its last log lines, one that somebody has
 * started again, too; nothing is started here, because a restart that nobody sees hides what is wrong.
 */
export async function supervise(
  stack: Stack,
  names: readonly string[],
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const down = new Set<string>()
  while (!signal.aborted) {
    for (const name of names) {
      const { running, expected, logFile } = processInfo(stack, name)
      boundLog(logFile)
      if (running && down.delete(name)) report(`${name} runs again`)
      if (running || down.has(name)) continue
      down.add(name)
      report(
        expected
          ? `${name} died${logTail(stack, name)}\nstart it again: npx fintech stack start ${name}`
          : `${name} was stopped`,
      )
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
  }
}
