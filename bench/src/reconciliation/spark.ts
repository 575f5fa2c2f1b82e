import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openStack, pythonEnvironment } from '@fintech-streams/local'
import { type EngineRun } from './engines.ts'

const execute = promisify(execFile)

/** PySpark of this version, from PyPI; it brings Spark itself. */
const VERSION = '4.1.4'
const OUTPUT_MAX_BYTES = 64 << 20
const SAMPLE_MS = 200

/** Spark in local mode on two cores, in a process of its own; what each step made stays in `out`. */
export async function runSpark(planFile: string, out: string, memoryMb: number): Promise<EngineRun> {
  const python = join(await pythonEnvironment('pyspark', VERSION, 'spark-submit'), 'python')
  const { checkout } = openStack()
  const program = join(checkout, 'scale/spark/reconcile.py')
  const flags = ['--plan', planFile, '--out', out, '--master', 'local[2]', '--memory', `${memoryMb}m`]
  const running = execute(python, [program, ...flags], { maxBuffer: OUTPUT_MAX_BYTES })
  const peak = new PeakMemory(running.child.pid!)
  try {
    const { stdout } = await running
    const run = JSON.parse(stdout.trim().split('\n').at(-1)!) as Omit<EngineRun, 'peakMb'>
    return { ...run, peakMb: peak.megabytes }
  } finally {
    peak.stop()
  }
}

/** The largest resident memory of a process and its children together, looked at again and again. */
class PeakMemory {
  megabytes = 0
  readonly #timer: NodeJS.Timeout

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      const kilobytes = residentKilobytes(pid)
      this.megabytes = Math.max(this.megabytes, Math.round(kilobytes / 1_024))
    }, SAMPLE_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

function residentKilobytes(pid: number): number {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid=,rss='], { encoding: 'utf8' })
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number])
  const sumOf = (parent: number): number =>
    processes.reduce((sum, [child, of, rss]) => (of === parent ? sum + rss + sumOf(child) : sum), 0)
  return sumOf(pid) + (processes.find(([one]) => one === pid)?.[2] ?? 0)
}
