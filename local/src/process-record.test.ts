import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { kill, processInfo, recordedNames, removeRecord, writeRecord } from './process-record.ts'
import { openStack, type Stack } from './stack.ts'

let stack: Stack
const children: ChildProcess[] = []

beforeEach(() => {
  stack = openStack({ dataDir: mkdtempSync(join(tmpdir(), 'record-test-')) })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(stack.dataDir, { recursive: true })
})

function sleeper(): { child: ChildProcess; pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  children.push(child)
  if (child.pid === undefined) throw new Error('could not start a process')
  return { child, pid: child.pid }
}

it('a process is running, then died, then forgotten', async () => {
  const { child, pid } = sleeper()
  writeRecord(stack, 'kafka', pid)
  expect(processInfo(stack, 'kafka')).toMatchObject({ pid, running: true, expected: true })
  expect(recordedNames(stack)).toEqual(['kafka'])

  const ended = once(child, 'exit')
  expect(kill(stack, 'kafka', 'SIGKILL')).toBe(true)
  await ended
  expect(processInfo(stack, 'kafka')).toMatchObject({ pid, running: false, expected: true })
  expect(kill(stack, 'kafka', 'SIGKILL')).toBe(false)

  removeRecord(stack, 'kafka')
  expect(processInfo(stack, 'kafka')).toMatchObject({ pid: undefined, running: false, expected: false })
})

it('a pid file holds the pid and nothing else', () => {
  const { pid } = sleeper()
  writeRecord(stack, 'kafka', pid)
  expect(readFileSync(join(stack.dataDir, 'pids/kafka.pid'), 'utf8')).toBe(`${pid}\n`)
})

it('a pid that the system has given to another process since is not mistaken for ours', () => {
  writeRecord(stack, 'kafka', sleeper().pid)
  writeFileSync(join(stack.dataDir, 'pids/kafka.born'), 'another boot 1')
  expect(processInfo(stack, 'kafka').running).toBe(false)
  expect(kill(stack, 'kafka', 'SIGKILL')).toBe(false)
})
