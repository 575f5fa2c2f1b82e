import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { PARTITIONS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { kill, stopStack, withClient } from '@fintech-streams/local'
import { eventually } from '../eventually.ts'
import { cutLog } from '../cut-log.ts'
import { databaseOf } from '../settled.ts'
import { sentences } from './sentences.ts'
import { CONNECTOR, type Fault, fintech, type Scene, start, WORKERS } from './scene.ts'

/** Some seconds under load: further than what is read and not committed. */
const BATCHES = 200
const NOTICED_WITHIN_MS = 180_000

/** The only broker loses power, and with it the end of a partition. */
async function cutShort(scene: Scene): Promise<void> {
  await scene.measure('kafka: topic cut short, all computed again', async () => {
    const { stack, random } = scene
    kill(stack, 'kafka', 'SIGKILL')
    cutLog(stack, TRANSACTIONS_TOPIC, random.whole(PARTITIONS), BATCHES)
    rmSync(join(stack.dataDir, 'kafka', 'recovery-point-offset-checkpoint'), { force: true })
    await start(scene, ['kafka'])
    const isSaid = (text: string): boolean => /lost its end: .*processor reset --yes/.test(text)
    const said = await eventually(() => sentences(stack), isSaid, NOTICED_WITHIN_MS)
    if (!isSaid(said)) throw new Error(`no worker says that the log was cut short: ${said}`)
    await scene.startingOver(() => startOver(scene))
    return undefined
  })
}

/** What docs/RELIABILITY.md says for a log that lost its end. */
async function startOver(scene: Scene): Promise<void> {
  const { stack } = scene
  await stopStack(stack, [...WORKERS, 'sink'])
  await fintech(scene, 'processor', 'reset', '--yes', '--results')
  await emptyResults(scene)
  await fintech(scene, 'connectors', 'delete', '--forget', CONNECTOR)
  await fintech(scene, 'connectors', 'apply', CONNECTOR)
  await start(scene, [...WORKERS, 'sink'])
}

async function emptyResults({ stack }: Scene): Promise<void> {
  await withClient(stack, databaseOf(stack), async (client) => {
    const { rows } = await client.query<{ tables: string }>(
      `select string_agg(format('analytics.%I', tablename), ', ') as tables from pg_tables where schemaname = 'analytics'`,
    )
    await client.query(`truncate ${rows[0]?.tables}`)
  })
}

export const LOG_FAULTS: readonly Fault[] = [
  {
    name: 'topic-cut-short',
    does: 'Kafka is killed and a partition of the source has lost its last seconds: its task stops with a sentence',
    heals: 'the processor is reset with its results, the connector sends every row again, all is computed again',
    weight: 1,
    inject: cutShort,
  },
]
