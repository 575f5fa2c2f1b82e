import { createLogger, stopSignal, systemClock } from '@fintech-streams/service'
import { type ChildProcess, spawn } from 'node:child_process'

const RESTART_DELAY_MS = 1_000
/** A worker ends within 15 s of SIGTERM, or is stuck. Nothing is lost either way. */
const KILL_AFTER_MS = 20_000
/** Each further worker's metrics port is this much above the one before: between them are other programs' ports. */
const METRICS_PORT_STEP = 10

export interface WorkerProcesses {
  readonly workers: number
  readonly metricsPort: number
  /** Told when one died, before another one is started in its place. */
  readonly onDied: (worker: { metricsPort: number; pid: number }) => Promise<void>
}

/**
 * Runs one worker process per number, each with the same command line but for `--workers 1` and a metrics port of its
 * own. A worker that dies is started again; its partitions are its own again at once. SIGTERM stops them all cleanly.
 */
export async function runWorkerProcesses(options: WorkerProcesses): Promise<void> {
  const signal = stopSignal()
  const numbers = Array.from({ length: options.workers }, (_, number) => number)
  await Promise.all(numbers.map((number) => keepWorker(number, options, signal)))
}

async function keepWorker(number: number, options: WorkerProcesses, signal: AbortSignal): Promise<void> {
  const logger = createLogger('processor')
  const { metricsPort: firstPort } = options
  const port = firstPort === 0 ? 0 : firstPort + number * METRICS_PORT_STEP
  while (!signal.aborted) {
    const child = spawn(
      process.execPath,
      [...process.execArgv, ...process.argv.slice(1), '--workers', '1', '--metrics-port', String(port)],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    )
    const stop = (): void => {
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref()
    }
    signal.addEventListener('abort', stop, { once: true })
    const how = await exited(child)
    signal.removeEventListener('abort', stop)
    if (signal.aborted) return
    logger.error({ worker: number, ...how }, 'worker died, starting it again')
    await Promise.all([
      options.onDied({ metricsPort: port, pid: child.pid ?? 0 }),
      systemClock.sleep(RESTART_DELAY_MS, signal),
    ])
  }
}

function exited(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
}

/** Stops a worker whose parent is gone: nobody would start or stop it any more. */
export function stopWithParent(): void {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}
