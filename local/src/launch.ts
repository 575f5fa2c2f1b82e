import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { lastLines, openLog } from './log-files.ts'
import { isFree, requireFree } from './ports.ts'
import { kill, killRemains, logFile, processInfo, removeRecord, writeRecord } from './process-record.ts'
import { type ProcessSpec, type Report } from './process-spec.ts'
import { type Stack } from './stack.ts'

const POLL_MS = 200
/** How long a killed process may need to let go of its ports. */
const LAST_MOMENTS_MS = 5_000
/** Log lines shown of a process that died. */
export const SHOWN_LINES = 15

/**
 * Starts a process, or finds it running, and returns once it is ready. The process outlives this one.
 * @throws OperatingError when a port is taken, and with its last log lines when it ends early or does not become ready.
 */
export async function startProcess(
  stack: Stack,
  spec: ProcessSpec,
  report: Report,
  signal?: AbortSignal,
): Promise<void> {
  const startedMs = performance.now()
  const deadlineMs = startedMs + spec.readyWithinMs
  const before = processInfo(stack, spec.name)
  const found = before.running && (await readyOrGone(stack, spec, deadlineMs, signal))
  if (!found) {
    if (before.expected) await cleared(stack, spec)
    await requireFree(spec.name, spec.ports)
    await spec.prepare?.(stack)
    await launchUntilReady(stack, spec, deadlineMs, signal)
  }
  await spec.initialize?.(stack, report)
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  report(found ? `${spec.name} is running` : `${spec.name} is ready after ${seconds} s`)
}

/** Asks a process to end, waits for it, and kills it when it does not end in its time. */
export async function stopProcess(stack: Stack, spec: ProcessSpec, report: Report): Promise<void> {
  if (!processInfo(stack, spec.name).expected) return
  if (kill(stack, spec.name, spec.stopSignal)) {
    const deadlineMs = performance.now() + spec.stopWithinMs
    while (processInfo(stack, spec.name).running && performance.now() < deadlineMs) await sleep(POLL_MS / 4)
    if (kill(stack, spec.name, 'SIGKILL')) {
      report(`${spec.name} did not stop within ${spec.stopWithinMs / 1_000} s and was killed`)
      while (processInfo(stack, spec.name).running) await sleep(POLL_MS / 4)
    } else {
      report(`${spec.name} stopped`)
    }
  }
  killRemains(stack, spec.name)
  removeRecord(stack, spec.name)
}

async function launchUntilReady(
  stack: Stack,
  spec: ProcessSpec,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    const child = await launch(stack, spec)
    try {
      if (await untilReady(stack, spec, () => hasEnded(child), deadlineMs, signal)) return
    } catch (error) {
      await stopProcess(stack, spec, () => undefined)
      throw error
    }
    const failure = endedEarly(stack, spec, child)
    removeRecord(stack, spec.name)
    const isTransient = spec.isTransient?.(lastLines(logFile(stack, spec.name), SHOWN_LINES)) === true
    if (!isTransient || performance.now() > deadlineMs) throw failure
    await sleep(POLL_MS)
  }
}

async function launch(stack: Stack, spec: ProcessSpec): Promise<ChildProcess> {
  const { file, args, env, cwd, user } = await spec.command(stack)
  const log = openLog(logFile(stack, spec.name), new Date())
  try {
    const child = spawn(file, args, {
      cwd: cwd ?? stack.checkout,
      env: { ...stack.env, ...env },
      stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C at the terminal reaches the launcher only, which then stops all in order.
      detached: true,
      ...user,
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) =>
        reject(new OperatingError('spawn_failed', `${spec.name} could not be started: ${error.message}`, error)),
      )
    })
    if (child.pid === undefined) throw new Error('a spawned process has a pid')
    writeRecord(stack, spec.name, child.pid)
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** Waits for a process that was found running. @returns false when it was on its way out, so that it has to be started. */
async function readyOrGone(
  stack: Stack,
  spec: ProcessSpec,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const isGone = (): boolean => !processInfo(stack, spec.name).running
  return untilReady(stack, spec, isGone, deadlineMs, signal)
}

/**
 * Ends what is left of a process that is gone: its children, and the threads that a killed process may still have for a
 * moment, with its ports.
 */
async function cleared(stack: Stack, spec: ProcessSpec): Promise<void> {
  killRemains(stack, spec.name)
  const deadlineMs = performance.now() + LAST_MOMENTS_MS
  for (const { port } of spec.ports) {
    while (!(await isFree(port)) && performance.now() < deadlineMs) await sleep(POLL_MS)
  }
}

/** Waits until the process is ready. @returns false when it is gone before that. */
async function untilReady(
  stack: Stack,
  spec: ProcessSpec,
  isGone: () => boolean,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (;;) {
    if (signal?.aborted) throw new OperatingError('interrupted', `interrupted while ${spec.name} started`)
    const reason = await probeFailure(stack, spec)
    if (isGone()) return false
    if (reason === undefined) return true
    if (performance.now() > deadlineMs) {
      throw new OperatingError(
        'not_ready',
        `${spec.name} is not ready after ${spec.readyWithinMs / 1_000} s (${reason})${logTail(stack, spec.name)}`,
      )
    }
    await sleep(POLL_MS)
  }
}

/** Why the process does not do its work; undefined when it does. */
export async function probeFailure(stack: Stack, spec: ProcessSpec): Promise<string | undefined> {
  try {
    await spec.probe(stack)
    return undefined
  } catch (error) {
    const { message, cause } = error as Error
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message
    return reason.split('\n')[0] ?? 'no reason given'
  }
}

/** The last log lines of a process, each indented, behind the name of the file. */
export function logTail(stack: Stack, name: string): string {
  const path = logFile(stack, name)
  const lines = lastLines(path, SHOWN_LINES)
  return lines.length === 0
    ? `; ${path} is empty`
    : `; last lines of ${path}:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

function endedEarly(stack: Stack, spec: ProcessSpec, child: ChildProcess): OperatingError {
  const how = child.signalCode ?? `exit code ${child.exitCode}`
  return new OperatingError('process_died', `${spec.name} ended while it started (${how})${logTail(stack, spec.name)}`)
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null
