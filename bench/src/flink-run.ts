import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { OperatingError } from '@fintech-streams/service'
import { openStack, type Stack } from '@fintech-streams/local'
import { bootstrapOf, FLINK_PREFIX } from './bench-stack.ts'

const execute = promisify(execFile)
const FOLDER = join(openStack().checkout, 'scale/flink')
const TARGET = join(FOLDER, 'target')
/** Says from which sources `target` was built. */
const STAMP = join(TARGET, 'built.sha256')
const BUILD_TIMEOUT_MS = 600_000
const HEAP_MB = 3_072
/** The heap does not begin small, and its young part is large: with the default sizes a fifth of the time was collection. */
const FIRST_HEAP_MB = 2_048
const YOUNG_MB = 768

/** What Flink's table runtime and its serialisers reach into, as Flink's own launcher opens it. */
const OPENED = ['java.lang', 'java.util', 'java.util.concurrent', 'java.net', 'java.io', 'java.nio', 'java.time']

export type Backend = 'hashmap' | 'rocksdb'

/** One run of the ten jobs, as `Main` prints it. */
export interface FlinkRun {
  readonly run: number
  readonly records: number
  readonly seconds: number
  readonly secondsToLastRecord: number
  readonly recordsPerSecond: number
  readonly middleRecordsPerSecond: number
  readonly cpuSeconds: number
  /** Of the JVM so far. */
  readonly peakMb: number
}

export interface FlinkOptions {
  readonly backend: Backend
  readonly runs: number
  readonly cores: string
  readonly onRun?: (run: FlinkRun) => void
}

/** Downloads Flink and compiles the jobs, unless that has been done for these sources. */
export async function buildFlink(): Promise<void> {
  const digest = digestOf(join(FOLDER, 'pom.xml'), ...filesBelow(join(FOLDER, 'src/main')))
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest) return
  const goals = [
    'compile',
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    '-DoutputDirectory=target/libraries',
  ]
  try {
    await execute('mvn', ['-B', '-q', '-f', join(FOLDER, 'pom.xml'), ...goals], { timeout: BUILD_TIMEOUT_MS })
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string }
    const reason = stdout.split('\n').find((line) => line.includes('ERROR')) ?? String(error)
    throw new OperatingError('bench_failed', `Maven could not build scale/flink: ${reason}`, error)
  }
  writeFileSync(STAMP, digest)
}

/** Runs the jobs over the source topic, all runs in one JVM. */
export async function runFlink(stack: Stack, { backend, runs, cores, onRun }: FlinkOptions): Promise<FlinkRun[]> {
  const state = join(stack.dataDir, `flink-${backend}`)
  rmSync(state, { recursive: true, force: true })
  mkdirSync(join(state, 'tmp'), { recursive: true })
  mkdirSync(join(stack.dataDir, 'logs'), { recursive: true })
  const logFile = join(stack.dataDir, 'logs', `flink-${backend}.log`)
  const settings = {
    bootstrap: bootstrapOf(stack),
    backend,
    runs: String(runs),
    rules: join(stack.checkout, 'flink-like-processor/rules.json'),
    state,
    'output-prefix': FLINK_PREFIX,
  }
  const child = spawn(
    'taskset',
    [
      '-c',
      cores,
      'java',
      `-Xms${FIRST_HEAP_MB}m`,
      `-Xmx${HEAP_MB}m`,
      `-Xmn${YOUNG_MB}m`,
      // One processor: a collector without threads of its own is the fastest.
      '-XX:+UseSerialGC',
      ...OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      [join(TARGET, 'classes'), join(TARGET, 'libraries/*')].join(':'),
      'com.fintech.streams.flink.Main',
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    { env: stack.env, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  child.stderr.pipe(createWriteStream(logFile))
  const exited = once(child, 'exit')
  const results: FlinkRun[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue
    const result = JSON.parse(line) as FlinkRun
    results.push(result)
    onRun?.(result)
  }
  const [code] = (await exited) as [number | null]
  rmSync(state, { recursive: true, force: true })
  if (code !== 0) throw new OperatingError('bench_failed', `Flink ended with code ${code}: see ${logFile}`)
  return results
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort()
}

function digestOf(...paths: string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(readFileSync(path))
  return hash.digest('hex')
}
