import { statfsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { restartFailedTasks } from './connect.ts'
import { startProcess } from './launch.ts'
import { boundLog } from './log-files.ts'
import { processInfo } from './process-record.ts'
import { type ProcessSpec, type Report } from './process-spec.ts'
import { type Stack } from './stack.ts'

const POLL_MS = 500
const CONNECTORS_EVERY_MS = 10_000
const RESTART_MIN_MS = 1_000
const RESTART_MAX_MS = 30_000
/** A process that died this often within the window stays down: something is wrong that a restart does not mend. */
const RESTARTS_MAX = 6
const RESTARTS_WINDOW_MS = 10 * 60_000
/** Kafka and Postgres stop by themselves on a full disk, and can then not be started. */
const FREE_BYTES_MIN = 64 << 20

/** What is known of one process under supervision. */
interface Watched {
  readonly spec: ProcessSpec
  /** When it was started again, as long as that counts. */
  restartsMs: number[]
  isStarting: boolean
  isGivenUp: boolean
  wasStopped: boolean
}

/**
 * Keeps processes alive until the signal: one that dies is started again, after a pause that grows, with a line that says
 * so; one that keeps dying is given up. One that somebody stopped stays stopped. Failed connector tasks are restarted.
 * @throws OperatingError `disk_full`, before the disk is.
 */
export async function supervise(
  stack: Stack,
  specs: readonly ProcessSpec[],
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const watched = specs.map((spec): Watched => ({
    spec,
    restartsMs: [],
    isStarting: false,
    isGivenUp: false,
    wasStopped: false,
  }))
  let connectorsAtMs = performance.now()
  while (!signal.aborted) {
    requireDisk(stack)
    for (const one of watched) lookAt(stack, one, report, signal)
    if (performance.now() - connectorsAtMs > CONNECTORS_EVERY_MS) {
      connectorsAtMs = performance.now()
      // Connect may be down itself: it is one of the processes above.
      const restarted = await restartFailedTasks(stack).catch(() => [])
      for (const connector of restarted) report(`${connector}: a failed task, restarted`)
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
  }
}

function lookAt(stack: Stack, one: Watched, report: Report, signal: AbortSignal): void {
  const { running, expected, logFile } = processInfo(stack, one.spec.name)
  boundLog(logFile)
  if (running || one.isStarting || one.isGivenUp) {
    one.wasStopped = false
    return
  }
  if (expected) void restart(stack, one, report, signal)
  else if (!one.wasStopped) {
    one.wasStopped = true
    report(`${one.spec.name} was stopped`)
  }
}

async function restart(stack: Stack, one: Watched, report: Report, signal: AbortSignal): Promise<void> {
  const { name } = one.spec
  one.restartsMs = one.restartsMs.filter((atMs) => performance.now() - atMs < RESTARTS_WINDOW_MS)
  if (one.restartsMs.length >= RESTARTS_MAX) {
    one.isGivenUp = true
    report(
      `${name} died ${RESTARTS_MAX + 1} times within ${RESTARTS_WINDOW_MS / 60_000} minutes and stays down: ` +
        `${processInfo(stack, name).logFile} says why; then npx fintech stack start ${name}`,
    )
    return
  }
  const pauseMs = Math.min(RESTART_MIN_MS * 2 ** one.restartsMs.length, RESTART_MAX_MS)
  one.restartsMs.push(performance.now())
  one.isStarting = true
  report(`${name} died: starting it again in ${pauseMs / 1_000} s`)
  try {
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    // Somebody may have been quicker, or have stopped it for good.
    const { running, expected } = processInfo(stack, name)
    if (!signal.aborted && expected && !running) await startProcess(stack, one.spec, report, signal)
  } catch (error) {
    if (!signal.aborted) report((error as Error).message)
  } finally {
    one.isStarting = false
  }
}

/** @throws OperatingError `disk_full` where less than `freeBytesMin` is free. */
export function requireDisk({ dataDir }: Stack, freeBytesMin = FREE_BYTES_MIN): void {
  const { bavail, bsize } = statfsSync(dataDir)
  const free = bavail * bsize
  if (free >= freeBytesMin) return
  throw new OperatingError(
    'disk_full',
    `${Math.floor(free / 2 ** 20)} MB are free for ${dataDir}: everything is stopped before the disk is full. ` +
      'Free some space, or remove the data with make clean, and start again',
  )
}
