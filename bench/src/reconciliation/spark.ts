import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatingError } from '@fintech-streams/cli'
import { openStack } from '@fintech-streams/local'
import { type EngineRun } from './engines.ts'

const execute = promisify(execFile)

/** PySpark of this version, from PyPI; it brings Spark itself. */
const VERSION = '4.1.4'
const PYTHONS = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3']
const OUTPUT_MAX_BYTES = 64 << 20
const SAMPLE_MS = 200

/** Spark in local mode on two cores, in a process of its own; what each step made stays in `out`. */
export async function runSpark(planFile: string, out: string, memoryMb: number): Promise<EngineRun> {
  const python = await pySpark()
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

/** Python with PySpark, in an environment of its own under `.data`, made the first time. */
async function pySpark(): Promise<string> {
  const folder = join(openStack().checkout, '.data/python', `pyspark-${VERSION}`)
  const program = join(folder, 'bin/python')
  const done = join(folder, 'bin/spark-submit')
  if (existsSync(done)) return program
  const python = PYTHONS.find((name) => spawnSync(name, ['-c', 'import venv, ensurepip']).status === 0)
  if (python === undefined) {
    throw new OperatingError('python_missing', `Spark needs Python with venv: none of ${PYTHONS.join(', ')} has it`)
  }
  try {
    await execute(python, ['-m', 'venv', folder])
    await execute(join(folder, 'bin/pip'), ['install', '--quiet', `pyspark==${VERSION}`])
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw new OperatingError('pyspark_failed', `PySpark ${VERSION} cannot be installed: ${String(error)}`, error)
  }
  return program
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
