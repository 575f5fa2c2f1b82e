import { Gauge, type Registry } from 'prom-client'
import { type BrokerReading } from './broker.ts'
import { type ConnectReading } from './connectors.ts'
import { type Reading } from './reading.ts'

interface Infrastructure {
  readonly broker: () => Promise<Reading<BrokerReading>>
  readonly connect: () => Promise<Reading<ConnectReading>>
}

/** What Kafka and Connect do not tell Prometheus themselves: asked when Prometheus asks. */
export function measureInfrastructure(registry: Registry, { broker, connect }: Infrastructure): void {
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    set: (gauge: Gauge<L>) => Promise<void>,
  ) => {
    const one: Gauge<L> = new Gauge({
      name: `serving_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect: async () => {
        one.reset()
        await set(one)
      },
    })
  }
  gauge('kafka_brokers', 'Brokers that are there', [], async (one) => {
    const reading = await broker()
    one.set(reading.ok ? reading.value.brokers : 0)
  })
  gauge('kafka_leaderless_partitions', 'Partitions that nobody can read or write', [], async (one) => {
    const reading = await broker()
    if (reading.ok) one.set(reading.value.leaderless)
    else one.remove()
  })
  gauge(
    'kafka_topic_end_offset',
    'Committed records and markers ever written, over all partitions',
    ['topic'],
    async (one) => {
      const reading = await broker()
      if (!reading.ok) return
      for (const [topic, offsets] of reading.value.endOffsets) {
        one.set(
          { topic },
          offsets.reduce((sum, offset) => sum + offset, 0),
        )
      }
    },
  )
  gauge('kafka_topic_partitions', 'Partitions of a topic', ['topic'], async (one) => {
    const reading = await broker()
    if (reading.ok) for (const [topic, { length }] of reading.value.endOffsets) one.set({ topic }, length)
  })
  gauge('connector_running', '1 when a connector and all its tasks run, otherwise 0', ['connector'], async (one) => {
    const reading = await connect()
    if (!reading.ok) return
    for (const { name, state, tasks } of reading.value.connectors) {
      const isRunning = state === 'RUNNING' && tasks.length > 0 && tasks.every((task) => task.state === 'RUNNING')
      one.set({ connector: name }, isRunning ? 1 : 0)
    }
  })
}
