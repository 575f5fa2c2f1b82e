/**
 * One task by the processor's own code or by the client's, measured. Started by the comparison on a core of its own.
 *
 * KAFKA_PORT=9092 node bench/src/client-main.ts <own|fetch|stream|client> <read|write-5000|write-10> <records>
 */
import { setFlagsFromString } from 'node:v8'
import { analyticsTopic, type JobId, PARTITIONS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { ensureTopics, kafkaConnection, PartitionReader, TransactionalProducer } from '@fintech-streams/kafka'
import { RecordBuffer } from '@fintech-streams/records'
import { kafkaSettings, must, valuesFromEnvironment } from '@fintech-streams/service'
import { Consumer, FetchIsolationLevels, MessagesStreamModes, Producer } from '@platformatic/kafka'
import { pino } from 'pino'

/** What a task took. */
export interface Figures {
  readonly records: number
  /** Fetches or transactions. */
  readonly calls: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const WAIT_MS = 100
const PARTITION_BYTES = 1 << 20
const RESPONSE_BYTES = 4 << 20
const JOB: JobId = 'fraud_detection'
const TOPIC = analyticsTopic(JOB)
const RESULT = 'r'.repeat(400)
const WARM_UP = 20

// As a worker does: docs/adr/0010.
setFlagsFromString('--external-memory-accounted-in-global-limit')

const [way = 'own', task = 'read', count = '0'] = process.argv.slice(2)
const connection = kafkaConnection(valuesFromEnvironment(kafkaSettings), 'bench-client')
const total = Number(count)
const size = Number(task.replace('write-', ''))
console.log(JSON.stringify(await (task === 'read' ? reading() : writing())))
process.exit()

/** Counts and measures what `work` does. @param work returns the records that it has read or written. */
async function measured(work: () => Promise<number>, records: number): Promise<Figures> {
  const before = process.cpuUsage()
  const startedMs = performance.now()
  let [done, calls] = [0, 0]
  for (; done < records; calls += 1) done += await work()
  const { user, system } = process.cpuUsage(before)
  return { records: done, calls, seconds: (performance.now() - startedMs) / 1_000, cpuSeconds: (user + system) / 1e6 }
}

async function reading(): Promise<Figures> {
  if (way === 'stream') return measured(await streaming(), total)
  const offsets = Array.from({ length: PARTITIONS }, () => 0)
  return measured(way === 'own' ? ownFetch(offsets) : await clientFetch(offsets), total)
}

function ownFetch(offsets: number[]): () => Promise<number> {
  const reader = new PartitionReader(connection, 'bench', [TRANSACTIONS_TOPIC])
  return async () => {
    const positions = offsets.map((offset, partition) => ({ topic: TRANSACTIONS_TOPIC, partition, offset }))
    let records = 0
    for (const part of await reader.fetch(positions, WAIT_MS)) {
      offsets[part.partition] = part.nextOffset
      for (const { value } of part.records) records += value === null ? 0 : 1
      part.release()
    }
    return records
  }
}

async function clientFetch(offsets: number[]): Promise<() => Promise<number>> {
  const consumer = new Consumer({ ...connection, groupId: 'bench' })
  consumer.topics.track(TRANSACTIONS_TOPIC)
  const topic = must((await consumer.metadata({ topics: [TRANSACTIONS_TOPIC] })).topics.get(TRANSACTIONS_TOPIC))
  return async () => {
    const { responses } = await consumer.fetch({
      node: must(topic.partitions[0]).leader,
      maxWaitTime: WAIT_MS,
      minBytes: 1,
      maxBytes: RESPONSE_BYTES,
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
      topics: [
        {
          topicId: topic.id,
          partitions: offsets.map((offset, partition) => ({
            partition,
            currentLeaderEpoch: -1,
            fetchOffset: BigInt(offset),
            lastFetchedEpoch: -1,
            partitionMaxBytes: PARTITION_BYTES,
          })),
        },
      ],
    })
    let records = 0
    for (const { partitionIndex, records: batches } of responses[0]?.partitions ?? []) {
      for (const batch of batches ?? []) {
        offsets[partitionIndex] = Number(batch.firstOffset) + batch.lastOffsetDelta + 1
        for (const { value } of batch.records) records += value === null ? 0 : 1
      }
    }
    return records
  }
}

async function streaming(): Promise<() => Promise<number>> {
  const groupId = `bench-${process.pid}`
  const consumer = new Consumer({ ...connection, groupId, maxWaitTime: WAIT_MS, maxBytes: RESPONSE_BYTES })
  const options = { topics: [TRANSACTIONS_TOPIC], mode: MessagesStreamModes.EARLIEST, autocommit: false }
  const messages = (await consumer.consume(options))[Symbol.asyncIterator]()
  return async () => ((await messages.next()).value?.value === undefined ? 0 : 1)
}

/** Transactions of `size` records, dealt to the partitions in turn. */
async function writing(): Promise<Figures> {
  await ensureTopics(connection, [{ name: TOPIC, partitions: PARTITIONS, configs: {} }], pino({ enabled: false }))
  const commit = way === 'own' ? await ownCommit() : clientCommit()
  for (let warm = 0; warm < WARM_UP; warm += 1) await commit()
  return measured(commit, size === 10 ? 2_000 : 200_000)
}

async function ownCommit(): Promise<() => Promise<number>> {
  const producer = new TransactionalProducer(connection, { transactionalId: `own-${process.pid}`, groupId: 'bench' })
  await producer.acquire()
  let offset = 0
  return async () => {
    const buffers = Array.from({ length: Math.min(PARTITIONS, size) }, () => new RecordBuffer())
    for (let n = 0; n < size; n += 1) must(buffers[n % buffers.length]).add({ key: `key ${n}`, value: RESULT })
    const partitions = buffers.map((records, partition) => ({ topic: TOPIC, partition, records }))
    offset += 1
    const position = { topic: TRANSACTIONS_TOPIC, partition: 0, offset, leaderEpoch: null }
    await producer.commit(partitions, { groupId: 'bench', ...position })
    buffers.forEach((records) => records.clear())
    return size
  }
}

/** Without an offset, which would be one more request. */
function clientCommit(): () => Promise<number> {
  const producer = new Producer({
    ...connection,
    transactionalId: `client-${process.pid}`,
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
    retryDelay: 3,
    retries: 2_000,
  })
  return async () => {
    const transaction = await producer.beginTransaction()
    const messages = Array.from({ length: size }, (_, n) => ({
      topic: TOPIC,
      partition: n % PARTITIONS,
      key: Buffer.from(`key ${n}`),
      value: Buffer.from(RESULT),
    }))
    await transaction.send({ messages })
    await transaction.commit()
    return size
  }
}
