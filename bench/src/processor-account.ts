import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client } from 'pg'
import { processInfo, type Stack } from '@fintech-streams/local'

const TICKS_PER_SECOND = 100
const SAMPLE_MS = 500

/** The programs of the stack that are one process each. */
export const PROCESSES = [
  'connect',
  'kafka',
  'processor',
  'sink',
  'lake',
  'audit',
  'serving',
  'counter',
  'nightly',
] as const

/** Processor seconds since the stack's start, by program or by part of one. */
export type ProcessorSeconds = ReadonlyMap<string, number>

/** Threads of a Java process by the beginning of their name, of which the system keeps 15 characters; the first that fits. */
const THREADS: Readonly<Record<string, readonly (readonly [part: string, names: RegExp])[]>> = {
  connect: [
    ['just-in-time compilers', /^C[12] Comp|^Sweeper/],
    ['garbage collector', /^GC |^G1 |^VM (Thread|Periodic)/],
    ['reading and decoding the WAL', /^debezium-/],
    ['transforms, converters, producer calls', /^task-thread/],
    ['network', /^kafka-producer/],
  ],
  kafka: [
    ['just-in-time compilers', /^C[12] Comp|^Sweeper/],
    ['garbage collector', /^GC |^G1 |^VM (Thread|Periodic)/],
    ['network and handlers', /^data-plane-kafk/],
    ['raft, controller and metadata', /^kafka-1-raft|^kafka-1-metadat|^quorum-control|^controller-/],
    ['log cleaner and scheduler', /^kafka-log-clean|^kafka-scheduler|^scheduler-/],
    ['coordinators', /^group-coordinat|^transaction|^TxnMarker|^share-coord/],
  ],
}

/** Whose work a session of Postgres is, by the role that it belongs to. */
const SESSIONS: Readonly<Record<string, string>> = {
  generator: 'for the generator',
  sink: 'for the sink',
  counter: 'for top senders',
  reconciliation: 'for the lake and its indexes',
  grafana: 'for the audit',
  api: 'for the API',
  debezium: 'heartbeats',
}

interface Looked {
  readonly name: string
  readonly seconds: number
}

/**
 * Follows the processor time of every program of a stack: of the two Java processes by kind of thread, of Postgres by
 * whom its sessions work for. A thread or session that ends between two looks loses at most what it did since the first of
 * them, which then stays under its program, not under a part.
 */
export class ProcessorAccount {
  readonly #stack: Stack
  readonly #client: Client
  /** The last look at each process, thread and session, by its number. */
  readonly #looked = new Map<string, Looked>()
  readonly #peakMb = new Map<string, number>()
  readonly #ended = new AbortController()
  #sampling: Promise<void> = Promise.resolve()
  #children: { pid: number; name: string }[] = []

  /** @param client a connection to the stack's database, for this account alone. */
  constructor(stack: Stack, client: Client) {
    this.#stack = stack
    this.#client = client
  }

  start(): void {
    this.#sampling = this.#sample(this.#ended.signal)
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#sampling
  }

  /** Follows a process that is not the stack's, as long as it runs. */
  follow(name: string, pid: number): void {
    this.#children.push({ pid, name })
  }

  /** What has been used up to now. */
  async seconds(): Promise<ProcessorSeconds> {
    await this.#look()
    const sums = new Map<string, number>()
    for (const { name, seconds } of this.#looked.values()) sums.set(name, (sums.get(name) ?? 0) + seconds)
    return sums
  }

  /** The most memory that each process has had, in MB; of Postgres that of its server process and its sessions is unknown. */
  get peakMb(): ReadonlyMap<string, number> {
    return this.#peakMb
  }

  async #sample(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look()
      await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    for (const name of PROCESSES) this.#lookAt(name, processInfo(this.#stack, name).pid)
    for (const { pid, name } of this.#children) this.#lookAt(name, pid)
    await this.#lookAtPostgres(processInfo(this.#stack, 'postgres').pid)
  }

  #lookAt(name: string, pid: number | undefined): void {
    if (pid === undefined) return
    const ticks = ticksOf(`/proc/${pid}/stat`)
    if (ticks === undefined) return
    this.#looked.set(`${pid}`, { name, seconds: ticks.own })
    this.#peakMb.set(name, Math.max(this.#peakMb.get(name) ?? 0, peakMbOf(pid)))
    const parts = THREADS[name]
    if (parts === undefined) return
    for (const thread of entries(`/proc/${pid}/task`)) {
      const of = ticksOf(`/proc/${pid}/task/${thread}/stat`)
      if (of === undefined) continue
      const part = parts.find(([, names]) => names.test(of.command))?.[0] ?? 'the rest'
      this.#looked.set(`${pid}/${thread}`, { name: `${name}: ${part}`, seconds: of.own })
    }
  }

  async #lookAtPostgres(pid: number | undefined): Promise<void> {
    if (pid === undefined) return
    const { rows } = await this.#client.query<{ pid: number; kind: string; role: string | null }>(
      'select pid, backend_type as kind, usename as role from pg_stat_activity',
    )
    const kinds = new Map(rows.map((row) => [row.pid, kindOf(row.kind, row.role)]))
    const server = ticksOf(`/proc/${pid}/stat`)
    if (server === undefined) return
    let seconds = server.own + server.ended
    for (const other of entries('/proc')) {
      const child = /^\d+$/.test(other) ? ticksOf(`/proc/${other}/stat`) : undefined
      if (child?.parent !== pid) continue
      seconds += child.own
      const kind = kinds.get(Number(other))
      if (kind !== undefined) this.#looked.set(other, { name: `postgres: ${kind}`, seconds: child.own })
    }
    this.#looked.set(`${pid}`, { name: 'postgres', seconds })
  }
}

function kindOf(kind: string, role: string | null): string {
  if (kind === 'walsender') return 'walsenders'
  if (kind === 'client backend') return SESSIONS[role ?? ''] ?? 'for others, this bench included'
  return 'checkpointer, writers, vacuum'
}

/** Processor seconds of the whole machine since its start, with what its host gave to others instead. */
export function machineSeconds(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line.split(/ +/).slice(1).map(Number)
  return (user + nice + system + irq + softirq + stolen) / TICKS_PER_SECOND
}

interface Ticks {
  readonly command: string
  readonly parent: number
  readonly own: number
  /** Of children that have ended. */
  readonly ended: number
}

function ticksOf(path: string): Ticks | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    const close = text.lastIndexOf(')')
    const fields = text
      .slice(close + 2)
      .split(' ')
      .map(Number)
    return {
      command: text.slice(text.indexOf('(') + 1, close),
      parent: fields[1]!,
      own: (fields[11]! + fields[12]!) / TICKS_PER_SECOND,
      ended: (fields[13]! + fields[14]!) / TICKS_PER_SECOND,
    }
  } catch {
    return undefined // It has ended.
  }
}

function peakMbOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
