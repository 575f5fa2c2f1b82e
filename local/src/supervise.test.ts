import { mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startProcess, stopProcess } from './launch.ts'
import { acquireLauncherLock } from './launcher-lock.ts'
import { LOG_SIZE_MAX_BYTES } from './log-files.ts'
import { kill, processInfo } from './process-record.ts'
import { type ProcessSpec } from './process-spec.ts'
import { openStack, type Stack } from './stack.ts'
import { requireDisk, supervise } from './supervise.ts'

function temporaryStack(): Stack {
  const dataDir = mkdtempSync(join(tmpdir(), 'supervise-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  return openStack({ dataDir })
}

/** A process that lives until it is told to end, or `livesMs`. */
const sleeper = (name: string, livesMs = 60_000): ProcessSpec => ({
  name,
  needs: [],
  ports: [],
  memory: '',
  command: async () => ({ file: process.execPath, args: ['-e', `setTimeout(() => undefined, ${livesMs})`], env: {} }),
  probe: async () => undefined,
  readyWithinMs: 10_000,
  stopSignal: 'SIGTERM',
  stopWithinMs: 5_000,
})

/** Supervises one process until `play` has ended. @returns the lines that were reported. */
async function supervised(
  spec: ProcessSpec,
  play: (stack: Stack, lines: string[]) => Promise<void>,
): Promise<string[]> {
  const stack = temporaryStack()
  const lines: string[] = []
  const report = (line: string): void => void lines.push(line)
  const end = new AbortController()
  await startProcess(stack, spec, () => undefined)
  const watching = supervise(stack, [spec], report, end.signal)
  try {
    await play(stack, lines)
  } finally {
    end.abort()
    await watching
    await stopProcess(stack, spec, () => undefined)
  }
  return lines
}

const SLOW = { timeout: 20_000, interval: 100 }

test('a killed process is started again, with a line that says so', async () => {
  const spec = sleeper('one')
  const lines = await supervised(spec, async (stack) => {
    const { pid } = processInfo(stack, 'one')
    kill(stack, 'one', 'SIGKILL')
    await expect.poll(() => processInfo(stack, 'one').pid, SLOW).not.toBe(pid)
    await expect.poll(() => processInfo(stack, 'one').running, SLOW).toBe(true)
  })
  expect(lines[0]).toBe('one died: starting it again in 1 s')
})

test('a process that somebody stopped stays stopped', async () => {
  const spec = sleeper('one')
  const lines = await supervised(spec, async (stack, told) => {
    await stopProcess(stack, spec, () => undefined)
    await expect.poll(() => told, SLOW).toEqual(['one was stopped'])
  })
  expect(lines).toEqual(['one was stopped'])
})

test('a log that cannot be set aside ends nothing', async () => {
  const spec = sleeper('one')
  await supervised(spec, async (stack, told) => {
    const { logFile, pid } = processInfo(stack, 'one')
    mkdirSync(`${logFile}.1`)
    truncateSync(logFile, LOG_SIZE_MAX_BYTES + 1)
    kill(stack, 'one', 'SIGKILL')
    await expect.poll(() => processInfo(stack, 'one').pid, SLOW).not.toBe(pid)
    expect(told[0]).toBe('one died: starting it again in 1 s')
  })
})

test('a disk that is nearly full ends the launcher with a sentence', () => {
  const stack = temporaryStack()
  expect(() => requireDisk(stack, 1)).not.toThrow()
  expect(() => requireDisk(stack, Number.MAX_SAFE_INTEGER)).toThrow(
    /^\d+ MB are free for .* is stopped before the disk is full\. Free some space/,
  )
})

test('the second launcher of a stack is refused by the first one’s pid, and gets in when that one is gone', () => {
  const stack = temporaryStack()
  const release = acquireLauncherLock(stack)
  expect(() => acquireLauncherLock(stack)).toThrow(`another launcher of this checkout runs, pid ${process.pid}`)
  release()
  acquireLauncherLock(stack)()
})
