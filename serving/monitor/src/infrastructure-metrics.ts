import { Gauge, type Registry } from 'prom-client'
import { type BrokerState } from './broker.ts'
import { type ConnectState } from './connectors.ts'
import { type ProbeResult } from './probe.ts'

interface Infrastructure {
  readonly broker: () => Promise<ProbeResult<BrokerState>>
  readonly connect: () => Promise<ProbeResult<ConnectState>>
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
    const result = await broker()
    one.set(result.ok ? result.value.brokers : 0)
  })
  gauge('kafka_leaderless_partitions', 'Partitions that nobody can read or write', [], async (one) => {
    const result = await broker()
    if (result.ok) one.set(result.value.leaderless)
    else one.remove()
  })
  gauge(
    'kafka_topic_end_offset',
    'Committed records and markers ever written, over all partitions',
    ['topic'],
    async (one) => {
      const result = await broker()
      if (!result.ok) return
      for (const [topic, offsets] of result.value.endOffsets) {
        one.set(
          { topic },
          offsets.reduce((sum, offset) => sum + offset, 0),
        )
      }
    },
  )
  gauge('kafka_topic_partitions', 'Partitions of a topic', ['topic'], async (one) => {
    const result = await broker()
    if (result.ok) for (const [topic, { length }] of result.value.endOffsets) one.set({ topic }, length)
  })
  gauge('connector_running', '1 when a connector and all its tasks run, otherwise 0', ['connector'], async (one) => {
    const result = await connect()
    if (!result.ok) return
    for (const { name, state, tasks } of result.value.connectors) {
      const isRunning = state === 'RUNNING' && tasks.length > 0 && tasks.every((task) => task.state === 'RUNNING')
      one.set({ connector: name }, isRunning ? 1 : 0)
    }
  })
}
