import {
  analyticsTopic,
  JOB_IDS,
  LATE_TOPIC,
  DEAD_LETTER_TOPIC,
  PARTIALS_TOPIC,
  PROCESSOR_GROUP,
  TRANSACTIONS_TOPIC,
} from '@fintech-streams/contracts'
import { type Cluster } from '@fintech-streams/kafka'
import { type Client } from 'pg'
import { type KafkaLog } from './log/kafka-log.ts'

const SLOTS = ['fintech_main', 'fintech_outbox']
const SINK_TOPICS = [...JOB_IDS.map(analyticsTopic), LATE_TOPIC, DEAD_LETTER_TOPIC]

/** A stage between a row and its results: the position that it must reach, and what remains until then. */
interface PipelineStage {
  readonly name: string
  /** Remembers the current end of its input. */
  mark(): Promise<void>
  /** How much before that end is not done yet. */
  remaining(): Promise<number>
}

/**
 * Whether everything that was in Postgres at its creation has gone through every stage to its results. Only then is a
 * difference a fault, and not a record in flight.
 */
export class PipelineDrain {
  readonly #stages: PipelineStage[]
  #marked: PipelineStage | undefined

  constructor(options: { client: Client; log: KafkaLog; cluster: Cluster }) {
    const { client, log, cluster } = options
    this.#stages = [
      new Slots(client),
      new Group('the processor, first stage', log, cluster, TRANSACTIONS_TOPIC),
      new Group('the processor, second stage', log, cluster, PARTIALS_TOPIC),
      new Sink(client, log),
    ]
  }

  /** Which stage is behind and by how much; undefined when all are done. Stages are marked one after the other. */
  async behind(): Promise<string | undefined> {
    for (;;) {
      const [stage] = this.#stages
      if (stage === undefined) return undefined
      if (this.#marked !== stage) await stage.mark()
      this.#marked = stage
      const left = await stage.remaining()
      if (left > 0) return `${stage.name} is behind by ${left}`
      this.#stages.shift()
    }
  }
}

/** Debezium's replication slots: the WAL position that each has confirmed. */
class Slots implements PipelineStage {
  readonly name = 'Debezium (bytes of WAL)'
  readonly #client: Client
  #lsn = '0/0'

  constructor(client: Client) {
    this.#client = client
  }

  async mark(): Promise<void> {
    const { rows } = await this.#client.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn')
    this.#lsn = rows[0]?.lsn ?? '0/0'
  }

  async remaining(): Promise<number> {
    const { rows } = await this.#client.query<{ slots: number; left: string | null }>(
      `select count(*)::int as slots, max(pg_wal_lsn_diff($1::pg_lsn, confirmed_flush_lsn)) as left
       from pg_replication_slots where slot_name = any($2)`,
      [this.#lsn, SLOTS],
    )
    const { slots = 0, left = null } = rows[0] ?? {}
    return slots < SLOTS.length ? Infinity : Math.max(0, Number(left ?? 0))
  }
}

/** A stage of the processor: the offsets that it has committed. */
class Group implements PipelineStage {
  readonly name: string
  readonly #log: KafkaLog
  readonly #cluster: Cluster
  readonly #topic: string
  #ends: readonly bigint[] = []

  constructor(name: string, log: KafkaLog, cluster: Cluster, topic: string) {
    this.name = name
    this.#log = log
    this.#cluster = cluster
    this.#topic = topic
  }

  async mark(): Promise<void> {
    this.#ends = await this.#log.ends(this.#topic)
  }

  async remaining(): Promise<number> {
    const groups = await this.#cluster.committed([PROCESSOR_GROUP])
    const committed = groups.get(PROCESSOR_GROUP)?.get(this.#topic)
    return leftOf(this.#ends, (partition) => BigInt(committed?.get(partition) ?? 0))
  }
}

/** The sink: the offsets that it stores with its rows. */
class Sink implements PipelineStage {
  readonly name = 'the sink'
  readonly #client: Client
  readonly #log: KafkaLog
  #ends = new Map<string, readonly bigint[]>()

  constructor(client: Client, log: KafkaLog) {
    this.#client = client
    this.#log = log
  }

  async mark(): Promise<void> {
    for (const topic of SINK_TOPICS) this.#ends.set(topic, await this.#log.ends(topic))
  }

  async remaining(): Promise<number> {
    const { rows } = await this.#client.query<{ topic: string; partition: number; next_offset: string }>(
      'select topic, partition, next_offset from analytics.sink_offsets',
    )
    const next = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, BigInt(row.next_offset)]))
    const lefts = [...this.#ends].map(([topic, ends]) => leftOf(ends, (at) => next.get(`${topic}/${at}`) ?? 0n))
    return lefts.reduce((sum, left) => sum + left, 0)
  }
}

function leftOf(ends: readonly bigint[], done: (partition: number) => bigint): number {
  return ends.reduce((sum, end, partition) => sum + Math.max(0, Number(end - done(partition))), 0)
}
