import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { processInfo, type Stack } from '@fintech-streams/local'
import { type Fault, type Scene, WORKERS } from './scene.ts'

const HOUR_MS = 3_600_000
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'clock-preload.ts')).href
/** Less than the minute after which an event time is malformed. */
const SENDER_AHEAD_MS = 20_000
const WRONG_FOR_MS = 8_000

const clocksOf = ({ dataDir }: Stack): string => join(dataDir, 'clocks')

/** What a stack's Node processes need in their environment so that their clocks can be set. */
export const clockEnvironment = (stack: Stack): Record<string, string> => ({
  NODE_OPTIONS: `--import ${PRELOAD}`,
  CHAOS_CLOCKS: clocksOf(stack),
})

function setClock(stack: Stack, name: string, aheadMs: number): void {
  const { pid } = processInfo(stack, name)
  if (pid === undefined) throw new Error(`${name} does not run`)
  const file = join(clocksOf(stack), String(pid))
  mkdirSync(clocksOf(stack), { recursive: true })
  if (aheadMs === 0) rmSync(file, { force: true })
  else writeFileSync(file, String(aheadMs))
}

async function setAndRight(scene: Scene, kind: string, name: string, aheadsMs: readonly number[]): Promise<void> {
  const { stack } = scene
  await scene.measure(kind, async () => {
    for (const aheadMs of aheadsMs) {
      setClock(stack, name, aheadMs)
      await sleep(WRONG_FOR_MS)
    }
    setClock(stack, name, 0)
    return Date.now()
  })
}

export const CLOCK_FAULTS: readonly Fault[] = [
  {
    name: 'sender-clock',
    does: 'the generator’s clock is 20 s ahead for some seconds, so that event times are ahead of their commits',
    heals: 'the clock is set right: the generator waits until it is past what it has said',
    weight: 2,
    inject: (scene) => setAndRight(scene, 'generator: clock ahead and back', 'generator', [SENDER_AHEAD_MS]),
  },
  {
    name: 'worker-clock',
    does: 'a worker’s clock goes five hours ahead, then an hour back',
    heals: 'nothing has to: commits and idle steps go by intervals',
    weight: 2,
    inject: (scene) =>
      setAndRight(scene, 'processor: clock ahead and back', scene.random.pick(WORKERS), [5 * HOUR_MS, -HOUR_MS]),
  },
]
