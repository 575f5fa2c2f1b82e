import { PARTIALS_TOPIC, PROCESSOR_GROUP, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { Cluster, type KafkaConnection } from '@fintech-streams/kafka'

/** What the brokers know. */
export interface BrokerState {
  readonly brokers: number
  /** Partitions of those topics that no broker leads. */
  readonly leaderless: number
  /** By topic, up to where committed records can be read, by partition. */
  readonly endOffsets: ReadonlyMap<string, readonly number[]>
  /** By topic, up to where the processor has committed, by partition. */
  readonly processed: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** Asks the brokers for the ends of all topics, and how far the processor is. */
export class Broker {
  readonly #cluster: Cluster

  constructor(connection: KafkaConnection) {
    this.#cluster = new Cluster(connection)
  }

  /** @throws Error when no broker answers. */
  async read(): Promise<BrokerState> {
    const { brokers, topics } = await this.#cluster.offsets('fintech.')
    const groups = await this.#cluster.committed([PROCESSOR_GROUP]).catch(() => undefined)
    const read = [TRANSACTIONS_TOPIC, PARTIALS_TOPIC]
    return {
      brokers,
      leaderless: topics.flatMap(({ partitions }) => partitions).filter(({ leader }) => leader < 0).length,
      endOffsets: new Map(topics.map(({ name, partitions }) => [name, partitions.map(({ end }) => end)])),
      processed: new Map([...(groups?.get(PROCESSOR_GROUP) ?? [])].filter(([topic]) => read.includes(topic))),
    }
  }

  async close(): Promise<void> {
    await this.#cluster.close()
  }
}
