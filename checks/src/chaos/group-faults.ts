import { setTimeout as sleep } from 'node:timers/promises'
import { PROCESSOR_GROUP, STAGES } from '@fintech-streams/contracts'
import { Assignment } from '@fintech-streams/kafka'
import { kafkaOf, startProcesses, stopStack } from '@fintech-streams/local'
import { createLogger, systemClock } from '@fintech-streams/service'
import { Admin } from '@platformatic/kafka'
import { eventually } from '../eventually.ts'
import { sentences } from './sentences.ts'
import { type Fault, type Scene, start, WORKERS } from './scene.ts'

const FLAPS = 6
const EMPTY_WITHIN_MS = 60_000
const SAID_WITHIN_MS = 120_000
const FORGOTTEN = /has no offset of (\S+)\/(\d+), but state up to (\d+)/g

const logger = createLogger('chaos')
logger.level = 'silent'

/** A third member, which processes nothing, comes and goes: partitions leave the workers and come back within moments. */
async function flapping(scene: Scene): Promise<void> {
  await scene.measure('processor: partitions flap', async () => {
    for (let flap = 1; flap <= FLAPS; flap += 1) {
      const member = new Assignment({
        connection: kafkaOf(scene.stack, 'chaos'),
        groupId: PROCESSOR_GROUP,
        topics: STAGES.map(({ sourceTopic }) => sourceTopic),
        instanceId: `chaos-${flap}`,
        clock: systemClock,
        logger,
        onAssigned: () => undefined,
      })
      await member.join()
      await sleep(scene.random.whole(1_500))
      await member.close()
      await sleep(scene.random.whole(1_500))
    }
    return Date.now()
  })
}

interface Offset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/**
 * The group's offsets are deleted while no worker runs. Those that start name what they have; since they had been stopped and
 * not killed, that is what was forgotten, and is given back.
 */
async function offsetsForgotten(scene: Scene): Promise<void> {
  await scene.measure('processor: offsets forgotten, restored', async () => {
    const { stack } = scene
    await stopStack(stack, WORKERS)
    const admin = new Admin({ ...kafkaOf(stack, 'chaos'), retries: 5, retryDelay: 500 })
    try {
      const before = await admin.listConsumerGroupOffsets({ groups: [PROCESSOR_GROUP] })
      const partitions = before.flatMap(({ topics }) => topics.flatMap((topic) => topic.partitions)).length
      await untilDone(() => admin.deleteGroups({ groups: [PROCESSOR_GROUP] }))
      const said = await saidOf(scene, partitions)
      await untilDone(() =>
        admin.alterConsumerGroupOffsets({
          groupId: PROCESSOR_GROUP,
          topics: [...Map.groupBy(said, ({ topic }) => topic)].map(([name, partitionOffsets]) => ({
            name,
            partitionOffsets,
          })),
        }),
      )
    } finally {
      await admin.close()
    }
    return start(scene, WORKERS)
  })
}

/** Starts a worker until it says of every partition what it has. */
async function saidOf({ stack }: Scene, partitions: number): Promise<Offset[]> {
  const enough = new AbortController()
  const starting = startProcesses(stack, [WORKERS[0]], undefined, enough.signal).catch(() => undefined)
  try {
    const said = await eventually(
      async () =>
        [...(await sentences(stack)).matchAll(FORGOTTEN)].map(([, topic = '', partition, offset = '']) => ({
          topic,
          partition: Number(partition),
          offset: BigInt(offset),
        })),
      (offsets) => offsets.length === partitions,
      SAID_WITHIN_MS,
    )
    if (said.length !== partitions) throw new Error(`${said.length} of ${partitions} partitions say what they have`)
    return said
  } finally {
    enough.abort()
    await starting
    await stopStack(stack, WORKERS)
  }
}

/** The group may have a member until its session ends. */
async function untilDone(work: () => Promise<unknown>): Promise<void> {
  const failure = await eventually(
    () =>
      work().then(
        () => undefined,
        (error: unknown) => error,
      ),
    (error) => error === undefined,
    EMPTY_WITHIN_MS,
  )
  if (failure !== undefined) throw new Error('the group is not given up', { cause: failure })
}

export const GROUP_FAULTS: readonly Fault[] = [
  {
    name: 'flapping',
    does: 'a third member of the group comes and goes, so that partitions leave the workers and come back within moments',
    heals: 'each is processed again when its former task has ended',
    weight: 3,
    inject: flapping,
  },
  {
    name: 'offsets-forgotten',
    does: 'the workers are stopped, the offsets of their group deleted: each task stops with a sentence',
    heals: 'the offsets that the sentences name are restored',
    weight: 1,
    inject: offsetsForgotten,
  },
]
