/**
 * The tasks of client-main.ts by other clients, which are no dependency of this project: plain JavaScript, because an
 * addon may need an older Node than the one that runs TypeScript.
 *
 * node bench/src/other-clients.mjs <kafkajs|node-rdkafka> <read|write-5000|write-10> <folder> <records> <bootstrap>
 */
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const TRANSACTIONS = 'fintech.transactions'
const RESULTS = 'fintech.analytics.fraud_detection'
const RESULT = 'r'.repeat(400)
const PARTITIONS = 4
const WARM_UP = 20
const WAIT_MS = 100

const [name, task, folder, count, bootstrap] = process.argv.slice(2)
const client = createRequire(join(resolve(folder), 'index.js'))(name)
const total = Number(count)
const size = Number(task.replace('write-', ''))
const tasks =
  name === 'kafkajs' ? { read: kafkajsRead, write: kafkajsWrite } : { read: rdkafkaRead, write: rdkafkaWrite }
console.log(JSON.stringify(await (task === 'read' ? tasks.read() : tasks.write())))
process.exit()

function stopwatch() {
  const before = process.cpuUsage()
  const startedMs = performance.now()
  return (records, calls) => {
    const { user, system } = process.cpuUsage(before)
    return { records, calls, seconds: (performance.now() - startedMs) / 1_000, cpuSeconds: (user + system) / 1e6 }
  }
}

async function committed(commit) {
  for (let warm = 0; warm < WARM_UP; warm += 1) await commit()
  const stop = stopwatch()
  const calls = (size === 10 ? 2_000 : 200_000) / size
  for (let call = 0; call < calls; call += 1) await commit()
  return stop(calls * size, calls)
}

function results() {
  return Array.from({ length: size }, (_, n) => ({
    partition: n % PARTITIONS,
    key: `key ${n}`,
    value: Buffer.from(RESULT),
  }))
}

async function kafkajsRead() {
  const kafka = new client.Kafka({ clientId: 'bench', brokers: [bootstrap], logLevel: client.logLevel.NOTHING })
  const limits = { maxBytes: 4 << 20, maxBytesPerPartition: 1 << 20, maxWaitTimeInMs: WAIT_MS }
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}`, ...limits })
  await consumer.connect()
  await consumer.subscribe({ topic: TRANSACTIONS, fromBeginning: true })
  return new Promise((done) => {
    let [stop, records, calls] = [undefined, 0, 0]
    void consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        stop ??= stopwatch()
        calls += 1
        for (const { value } of batch.messages) records += value === null ? 0 : 1
        if (records >= total) done(stop(records, calls))
      },
    })
  })
}

async function kafkajsWrite() {
  const kafka = new client.Kafka({ clientId: 'bench', brokers: [bootstrap], logLevel: client.logLevel.NOTHING })
  const transactionalId = `kafkajs-${process.pid}`
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  return committed(async () => {
    const transaction = await producer.transaction()
    await transaction.send({ topic: RESULTS, messages: results() })
    await transaction.commit()
  })
}

function rdkafkaRead() {
  const consumer = new client.KafkaConsumer(
    { 'bootstrap.servers': bootstrap, 'group.id': `bench-${process.pid}`, 'enable.auto.commit': false },
    { 'auto.offset.reset': 'earliest' },
  )
  consumer.setDefaultConsumeTimeout(WAIT_MS)
  return new Promise((done, fail) => {
    let [stop, records, calls] = [undefined, 0, 0]
    const next = () =>
      consumer.consume(5_000, (error, messages) => {
        if (error) return fail(error)
        if (messages.length > 0) stop ??= stopwatch()
        calls += 1
        for (const { value } of messages) records += value === null ? 0 : 1
        if (records >= total) done(stop(records, calls))
        else setImmediate(next)
      })
    consumer.on('ready', () => {
      consumer.subscribe([TRANSACTIONS])
      next()
    })
    consumer.connect()
  })
}

async function rdkafkaWrite() {
  const producer = new client.HighLevelProducer({
    'bootstrap.servers': bootstrap,
    'transactional.id': `rdkafka-${process.pid}`,
    'linger.ms': 0,
    'queue.buffering.max.messages': 100_000,
  })
  const waited = (call) => new Promise((done, fail) => call((error, value) => (error ? fail(error) : done(value))))
  await waited((callback) => producer.connect({}, callback))
  await waited((callback) => producer.initTransactions(10_000, callback))
  return committed(async () => {
    await waited((callback) => producer.beginTransaction(callback))
    for (const { partition, key, value } of results())
      producer.produce(RESULTS, partition, value, key, null, () => undefined)
    await waited((callback) => producer.commitTransaction(10_000, callback))
  })
}
