import { setTimeout as sleep } from 'node:timers/promises'
import { kill, startProcesses, stopStack } from '@fintech-streams/local'
import { type Fault, type Scene, start, WORKERS } from './scene.ts'

/** The processor's session time-out, after which others take a silent worker's partitions. */
const SESSION_TIMEOUT_MS = 6_000
const RESTARTED = 'it is started again'

/** Kills a process as `kill -9` does and starts it again at once. */
function killed(name: string): Fault['inject'] {
  return (scene) => scene.measure(`${name}: kill -9`, () => killAndStart(scene, [name]))
}

async function killAndStart(scene: Scene, names: readonly string[]): Promise<undefined> {
  for (const name of names) kill(scene.stack, name, 'SIGKILL')
  return start(scene, names)
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
    return start(scene, [name])
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
    await start(scene, [name])
    return Date.now()
  })
}

const killing = (name: string, weight: number, needs?: string): Fault => ({
  name,
  does: `${name} is killed`,
  heals: RESTARTED,
  weight,
  ...(needs === undefined ? {} : { needs }),
  inject: killed(name),
})

export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'worker',
    does: 'one of the two workers is killed',
    heals: RESTARTED,
    weight: 12,
    inject: (scene) => scene.measure('processor: kill -9', () => killAndStart(scene, [scene.random.pick(WORKERS)])),
  },
  {
    name: 'workers',
    does: 'both workers are killed',
    heals: 'they are started again',
    weight: 5,
    inject: (scene) => scene.measure('processor: kill -9 of both', () => killAndStart(scene, WORKERS)),
  },
  {
    name: 'worker-twice',
    does: 'a worker is killed, and again in its recovery',
    heals: RESTARTED,
    weight: 4,
    inject: killedTwice,
  },
  {
    name: 'zombie',
    does: 'a worker is stopped for longer than its session',
    heals: 'the other one takes over; continued, it cannot commit, and joins again',
    weight: 6,
    inject: zombie,
  },
  {
    name: 'leave-and-join',
    does: 'a worker leaves, and one joins',
    heals: 'partitions are dealt anew',
    weight: 4,
    inject: leavesAndJoins,
  },
  killing('sink', 7),
  killing('connect', 6),
  killing('kafka', 6),
  killing('postgres', 6),
  killing('counter', 2, 'serving'),
  killing('serving', 2, 'serving'),
]
