import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectClient } from '@fintech-streams/connectors'
import { kill, startProcesses, stopStack, type Stack } from '@fintech-streams/local'
import { type Random } from '../random.ts'

export const CONNECTOR = 'fintech-main-connector'
export const WORKERS = ['processor', 'processor-2'] as const
/** The processor's session time-out, after which others take a silent worker's partitions. */
const SESSION_TIMEOUT_MS = 10_000
/** Connect acts on a request some time after it has answered. */
const CONNECT_ACTS_WITHIN_MS = 1_000
const STOPS_WITHIN_MS = 60_000

/** What a fault works on. */
export interface Scene {
  readonly stack: Stack
  readonly random: Random
  readonly connect: ConnectClient
  /**
   * Does something to the stack and waits until results flow again.
   * @param strike returns the moment from which transactions prove that they do, by default that of its call.
   */
  measure(kind: string, strike: () => Promise<number | undefined>): Promise<void>
}

interface FaultKind {
  /** How often it comes, relative to the others. */
  readonly weight: number
  /** Only in a stack that has this process. */
  readonly needs?: string
  readonly inject: (scene: Scene) => Promise<void>
}

/** Kills a process as `kill -9` does and starts it again at once. */
function killed(name: string): FaultKind['inject'] {
  return (scene) => scene.measure(`${name}: kill -9`, () => killAndStart(scene, [name]))
}

async function killAndStart({ stack }: Scene, names: readonly string[]): Promise<undefined> {
  for (const name of names) kill(stack, name, 'SIGKILL')
  await startProcesses(stack, names)
}

/** Killed a second time while it recovers from the first. */
async function killedTwice(scene: Scene): Promise<void> {
  const name = scene.random.pick(WORKERS)
  await scene.measure('processor: kill -9 twice', async () => {
    kill(scene.stack, name, 'SIGKILL')
    const starting = startProcesses(scene.stack, [name]).catch(() => undefined)
    await sleep(300 + scene.random.whole(1_500))
    kill(scene.stack, name, 'SIGKILL')
    await starting
    await startProcesses(scene.stack, [name])
    return undefined
  })
}

/** Stopped for longer than its session, so that the other worker takes its partitions, and then continued. */
async function zombie(scene: Scene): Promise<void> {
  const name = scene.random.pick(WORKERS)
  const stopMs = SESSION_TIMEOUT_MS + 2_000 + scene.random.whole(6_000)
  const stoppedAtMs = Date.now()
  try {
    await scene.measure('processor: SIGSTOP', async () => {
      kill(scene.stack, name, 'SIGSTOP')
      return undefined
    })
    await sleep(Math.max(0, stoppedAtMs + stopMs - Date.now()))
  } finally {
    await scene.measure('processor: SIGCONT as a zombie', async () => {
      kill(scene.stack, name, 'SIGCONT')
      return undefined
    })
  }
}

async function leavesAndJoins(scene: Scene): Promise<void> {
  const name = scene.random.pick(WORKERS)
  await scene.measure('processor: one of two leaves', async () => {
    await stopStack(scene.stack, [name])
    return Date.now()
  })
  await scene.measure('processor: a second one joins', async () => {
    await startProcesses(scene.stack, [name])
    return Date.now()
  })
}

async function taskRestarted(scene: Scene): Promise<void> {
  await scene.measure('connector: task restarted', async () => {
    await request(scene, 'POST', 'tasks/0/restart')
    return Date.now() + CONNECT_ACTS_WITHIN_MS
  })
}

/** Everything is sent again: a snapshot of all rows, then what comes. */
async function offsetsReset(scene: Scene): Promise<void> {
  await scene.measure('connector: offsets reset, all sent again', async () => {
    await scene.connect.stop(CONNECTOR)
    await stopped(scene)
    await scene.connect.deleteOffsets(CONNECTOR)
    await request(scene, 'PUT', 'resume')
    return Date.now()
  })
}

async function stopped({ connect }: Scene): Promise<void> {
  const deadlineMs = Date.now() + STOPS_WITHIN_MS
  for (;;) {
    const status = await connect.status(CONNECTOR)
    if (status?.connector.state === 'STOPPED' && status.tasks.length === 0) return
    if (Date.now() > deadlineMs) throw new Error(`${CONNECTOR} does not stop within ${STOPS_WITHIN_MS / 1_000} s`)
    await connect.pause()
  }
}

async function request({ connect }: Scene, method: string, what: string): Promise<void> {
  const response = await fetch(`${connect.url}/connectors/${CONNECTOR}/${what}`, { method })
  if (!response.ok) throw new Error(`Connect answers ${response.status} to ${method} ${what}: ${await response.text()}`)
}

const KINDS: Readonly<Record<string, FaultKind>> = {
  worker: {
    weight: 12,
    inject: (scene) => scene.measure('processor: kill -9', () => killAndStart(scene, [scene.random.pick(WORKERS)])),
  },
  workers: {
    weight: 5,
    inject: (scene) => scene.measure('processor: kill -9 of both', () => killAndStart(scene, WORKERS)),
  },
  workerTwice: { weight: 4, inject: killedTwice },
  zombie: { weight: 6, inject: zombie },
  leaveAndJoin: { weight: 4, inject: leavesAndJoins },
  sink: { weight: 7, inject: killed('sink') },
  connect: { weight: 6, inject: killed('connect') },
  broker: { weight: 6, inject: killed('kafka') },
  postgres: { weight: 6, inject: killed('postgres') },
  counter: { weight: 2, needs: 'serving', inject: killed('counter') },
  serving: { weight: 2, needs: 'serving', inject: killed('serving') },
  task: { weight: 5, inject: taskRestarted },
  reset: { weight: 2, inject: offsetsReset },
}

/**
 * The faults of a run in random order. Each kind comes by its weight, and at least once when there are as many faults
 * as kinds.
 */
export function schedule(random: Random, count: number, has: (process: string) => boolean): FaultKind['inject'][] {
  const kinds = Object.values(KINDS).filter(({ needs }) => needs === undefined || has(needs))
  const given = kinds.map((kind) => ({ kind, times: 0 }))
  for (let n = 0; n < count; n += 1) {
    // Whoever lags most behind its share comes next.
    const next = given.reduce((a, b) => (share(a) <= share(b) ? a : b))
    next.times += 1
  }
  const faults = given.flatMap(({ kind, times }) => Array.from({ length: times }, () => kind.inject))
  for (let at = faults.length - 1; at > 0; at -= 1) {
    const other = random.whole(at + 1)
    ;[faults[at], faults[other]] = [faults[other]!, faults[at]!]
  }
  return faults
}

const share = ({ kind, times }: { kind: FaultKind; times: number }): number =>
  times === 0 ? -kind.weight : times / kind.weight
