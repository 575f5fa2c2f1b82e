import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { processInfo, withClient, type Stack } from '@fintech-streams/local'
import { metricsOf } from '../metrics.ts'
import { databaseOf } from '../settled.ts'

const execute = promisify(execFile)
const MB = 1e6
const KIB = 1024

/** A stack at one moment. What did not answer is missing. */
export interface Seen {
  /** Megabytes by process, its children included; memory that several share is counted once. */
  readonly memory: ReadonlyMap<string, number>
  /** The processor's own metrics. */
  readonly processor: ProcessorSeen
  /** Megabytes on disk by topic. */
  readonly topics: ReadonlyMap<string, number>
  /** Megabytes. */
  readonly database:
    { readonly outbox: number; readonly retainedWal: number; readonly unconfirmedWal: number } | undefined
}

interface ProcessorSeen {
  /** Entries of keyed state, by stage. */
  readonly entries: ReadonlyMap<string, number>
  /** Megabytes of objects in the heap, garbage included, and megabytes of buffers beside it. */
  readonly objects: number | undefined
  readonly buffers: number | undefined
}

/** Looks at everything once. */
export async function look(stack: Stack, processes: readonly string[]): Promise<Seen> {
  const [tree, processor, database] = await Promise.all([
    processTree(),
    lookAtProcessor(stack),
    databaseSizes(stack).catch(() => undefined),
  ])
  const memory = new Map<string, number>()
  for (const name of processes) {
    const { pid, running } = processInfo(stack, name)
    if (running && pid !== undefined) memory.set(name, memoryOf(pid, tree) / MB)
  }
  return { memory, processor, topics: topicSizes(join(stack.dataDir, 'kafka')), database }
}

interface Process {
  readonly parent: number
  readonly residentBytes: number
}

async function processTree(): Promise<ReadonlyMap<number, Process>> {
  const { stdout } = await execute('ps', ['-A', '-o', 'pid=,ppid=,rss='], { maxBuffer: 16 * 2 ** 20 })
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .map(([pid = 0, parent = 0, rss = 0]) => [pid, { parent, residentBytes: rss * KIB }]),
  )
}

/** Bytes of a process and all that it started. */
function memoryOf(pid: number, tree: ReadonlyMap<number, Process>): number {
  const children = [...tree].filter(([, { parent }]) => parent === pid).map(([child]) => child)
  const own = proportionalBytes(pid) ?? tree.get(pid)?.residentBytes ?? 0
  return children.reduce((sum, child) => sum + memoryOf(child, tree), own)
}

/** Shared pages divided among those who share them, where the system tells; Postgres's buffers would count often. */
function proportionalBytes(pid: number): number | undefined {
  try {
    const kib = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) * KIB
  } catch {
    return undefined
  }
}

async function lookAtProcessor(stack: Stack): Promise<ProcessorSeen> {
  const entries = new Map<string, number>()
  const samples = await metricsOf(stack.ports.processorMetrics).catch(() => new Map<string, number>())
  for (const [name, value] of samples) {
    const stage = /^processor_state_entries\{.*stage="(\w+)"/.exec(name)?.[1]
    if (stage !== undefined) entries.set(stage, (entries.get(stage) ?? 0) + value)
  }
  const megabytes = (name: string): number | undefined => {
    const bytes = samples.get(name)
    return bytes === undefined ? undefined : bytes / MB
  }
  return {
    entries,
    objects: megabytes('nodejs_heap_size_used_bytes'),
    buffers: megabytes('nodejs_external_memory_bytes'),
  }
}

function topicSizes(logFolder: string): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const folder of readdirSync(logFolder, { withFileTypes: true })) {
    const topic = /^(.+)-\d+$/.exec(folder.name)?.[1]
    if (!folder.isDirectory() || topic === undefined) continue
    sizes.set(topic, (sizes.get(topic) ?? 0) + segmentBytes(join(logFolder, folder.name)) / MB)
  }
  return sizes
}

/** Of the segments themselves: their index files are preallocated. */
function segmentBytes(folder: string): number {
  let bytes = 0
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.log')) continue
    // Retention may take it away between the two looks.
    bytes += statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}

async function databaseSizes(stack: Stack): Promise<Seen['database']> {
  const text = `select
    (select sum(pg_total_relation_size(relid)) from pg_partition_tree('outbox') where isleaf)::float8 as outbox,
    (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) from pg_replication_slots)::float8 as retained,
    (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn))
      from pg_replication_slots)::float8 as unconfirmed`
  const { rows } = await withClient(stack, databaseOf(stack), (client) =>
    client.query<{ outbox: number; retained: number | null; unconfirmed: number | null }>(text),
  )
  const [row] = rows
  if (row === undefined) return undefined
  return {
    outbox: row.outbox / MB,
    retainedWal: (row.retained ?? 0) / MB,
    unconfirmedWal: (row.unconfirmed ?? 0) / MB,
  }
}
