import { setTimeout as sleep } from 'node:timers/promises'
import { PipelineDrain, KafkaLog } from '@fintech-streams/audit'
import { HOUR_MS, PARTITIONS } from '@fintech-streams/contracts'
import { kafkaOf, type Stack, withClient } from '@fintech-streams/local'
import { Cluster } from '@fintech-streams/kafka'
import { produce } from '../produce.ts'
import { row, uuid } from '../rows.ts'
import { databaseOf } from '../settled.ts'

const LOOK_EVERY_MS = 1_000
const REST_WITHIN_MS = 900_000
/** Beyond the largest window and the stages' delays. */
const AHEAD_MS = 3 * HOUR_MS

/** Waits until all that is in Postgres and in Kafka now has gone all the way to the tables of results. */
export async function untilAtRest(stack: Stack): Promise<void> {
  const log = new KafkaLog(kafkaOf(stack, 'chaos'))
  const cluster = new Cluster(kafkaOf(stack, 'chaos'))
  const deadlineMs = Date.now() + REST_WITHIN_MS
  try {
    await withClient(stack, databaseOf(stack), async (client) => {
      const drain = new PipelineDrain({ client, log, cluster })
      // On a busy machine an answer may take longer than whoever asks waits: it is asked again.
      const look = () => drain.behind().catch((error: unknown) => String(error))
      for (let behind = await look(); behind !== undefined; behind = await look()) {
        if (Date.now() > deadlineMs) throw new Error(`not at rest within ${REST_WITHIN_MS / 1_000} s: ${behind}`)
        await sleep(LOOK_EVERY_MS)
      }
    })
  } finally {
    await Promise.allSettled([log.close(), cluster.close()])
  }
}

/**
 * Writes one transaction to each partition of the source, hours ahead, so that every window closes and has to be right.
 * @returns how many.
 */
export async function closeAllWindows(stack: Stack): Promise<number> {
  const timeMs = Date.now() + AHEAD_MS
  const records = Array.from({ length: PARTITIONS }, (_, partition) => {
    const customer = uuid(0xc105e0 + partition)
    const last = row(0xc105e0 + partition, {
      customer_id: customer,
      created_at: new Date(timeMs).toISOString(),
      __source_ts_ms: timeMs,
    })
    const key = Buffer.from(JSON.stringify({ customer_id: customer }))
    return { partition, key, value: Buffer.from(JSON.stringify(last)) }
  })
  await produce(stack, records)
  return records.length
}
