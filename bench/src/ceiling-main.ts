/**
 * Reads the source topic from its beginning to its end with the bare client, as fast as one process can, and prints
 * how long it took. Started by the comparison on a core of its own.
 *
 * KAFKA_PORT=9092 node bench/src/ceiling-main.ts <fetch|parse>
 */
import { kafkaConnection } from '@fintech-streams/kafka'
import { kafkaSettings, valuesFromEnvironment } from '@fintech-streams/service'
import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { Consumer, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka'

const FETCH_BYTES = 8 << 20
const PARTITION_BYTES = 4 << 20
const WAIT_MS = 100

/** What one reading took. */
export interface Ceiling {
  readonly records: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const [mode = 'fetch'] = process.argv.slice(2)
const consumer = new Consumer({
  ...kafkaConnection(valuesFromEnvironment(kafkaSettings), 'ceiling'),
  groupId: 'ceiling',
})
console.log(JSON.stringify(await read(mode === 'parse')))
await consumer.close(true)

async function read(parses: boolean): Promise<Ceiling> {
  consumer.topics.track(TRANSACTIONS_TOPIC)
  const ends = await offsets(ListOffsetTimestamps.LATEST)
  const next = await offsets(ListOffsetTimestamps.EARLIEST)
  const found = (await consumer.metadata({ topics: [TRANSACTIONS_TOPIC] })).topics.get(TRANSACTIONS_TOPIC)
  if (found === undefined) throw new Error(`there is no topic ${TRANSACTIONS_TOPIC}`)
  const cpuBefore = process.cpuUsage()
  const startedMs = performance.now()
  let records = 0
  let parsed = 0
  while (next.some((offset, partition) => offset < ends[partition]!)) {
    const { responses } = await consumer.fetch({
      node: found.partitions[0]!.leader,
      maxWaitTime: WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
      topics: [
        {
          topicId: found.id,
          partitions: next.map((fetchOffset, partition) => ({
            partition,
            currentLeaderEpoch: -1,
            fetchOffset,
            lastFetchedEpoch: -1,
            partitionMaxBytes: PARTITION_BYTES,
          })),
        },
      ],
    })
    for (const { partitionIndex, records: batches } of responses[0]?.partitions ?? []) {
      for (const batch of batches ?? []) {
        next[partitionIndex] = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        records += batch.records.length
        if (!parses) continue
        for (const { value } of batch.records) {
          if (typeof (JSON.parse(value?.toString() ?? '{}') as object) === 'object') parsed += 1
        }
      }
    }
  }
  if (parses && parsed !== records) throw new Error(`${parsed} of ${records} records were parsed`)
  const { user, system } = process.cpuUsage(cpuBefore)
  return { records, seconds: (performance.now() - startedMs) / 1_000, cpuSeconds: (user + system) / 1e6 }
}

async function offsets(timestamp: bigint): Promise<bigint[]> {
  const found = await consumer.listOffsets({ topics: [TRANSACTIONS_TOPIC], timestamp })
  return found.get(TRANSACTIONS_TOPIC) ?? []
}
