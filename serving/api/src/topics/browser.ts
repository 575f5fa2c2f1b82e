import { DEAD_LETTER_TOPIC, type DeadLetter as Letter, SINK_GROUP } from '@fintech-streams/contracts'
import { OperatingError, Problem, unavailable } from '@fintech-streams/service'
import { idOf, replayLetters } from '@fintech-streams/processor'
import { Cluster, type KafkaConnection, PartitionReader, type TopicOffsets } from '@fintech-streams/kafka'
import { type Database } from '@fintech-streams/postgres'
import { Semaphore } from '../http/semaphore.ts'
import { contentOf } from './content.ts'
import { type Found, PartitionScan, type Scanned } from './scan.ts'
import {
  type DeadLetter,
  type DeadLetters,
  type Message,
  type MessagesRequest,
  type MessagesResponse,
  type ReplayOrder,
  type TopicDetail,
  type TopicList,
} from './schema.ts'

/** Bounds on what one request reads, and on how many are answered at once. */
const RECORDS_MAX = 50_000
const WITHIN_MS = 5_000
const AT_ONCE = 2
const WAITING_MAX = 20
const DEAD_LETTERS_SHOWN = 200

/** Looks into topics, as a reader of committed records sees them. It belongs to no consumer group. */
export class TopicBrowser {
  readonly #connection: KafkaConnection
  readonly #database: Database
  readonly #cluster: Cluster
  readonly #semaphore = new Semaphore(AT_ONCE, WAITING_MAX)

  constructor(connection: KafkaConnection, database: Database) {
    this.#connection = connection
    this.#database = database
    this.#cluster = new Cluster(connection)
  }

  async close(): Promise<void> {
    await this.#cluster.close()
  }

  /** @throws Problem `unavailable` when no broker answers. */
  async list(): Promise<TopicList> {
    const { topics } = await this.#asked(() => this.#cluster.offsets())
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        records: partitions.reduce((sum, { begin, end }) => sum + end - begin, 0),
      })),
    }
  }

  /** @throws Problem `not_found` without such a topic, `unavailable` when no broker answers. */
  async detail(name: string): Promise<TopicDetail> {
    const topic = await this.#topic(name)
    const groups = await this.#asked(() => this.#cluster.committed())
    const inPostgres = await this.#sinkPositions(name)
    const lagOf = (partition: number, offset: number): number =>
      Math.max(0, (topic.partitions.find((one) => one.partition === partition)?.end ?? 0) - offset)
    const reader = (group: string, keptIn: 'Kafka' | 'Postgres', offsets: ReadonlyMap<number, number>) => ({
      name: group,
      kept_in: keptIn,
      positions: [...offsets]
        .sort(([one], [other]) => one - other)
        .map(([partition, offset]) => ({ partition, offset, lag: lagOf(partition, offset) })),
    })
    return {
      name,
      partitions: topic.partitions.map(({ partition, leader, begin, end }) => ({
        partition,
        leader,
        begin_offset: begin,
        end_offset: end,
      })),
      readers: [
        ...[...groups]
          .map(([group, committed]) => reader(group, 'Kafka', committed.get(name) ?? new Map<number, number>()))
          .filter(({ positions }) => positions.length > 0),
        ...(inPostgres.size === 0 ? [] : [reader(SINK_GROUP, 'Postgres', inPostgres)]),
      ],
    }
  }

  /** @throws Problem `not_found`, `unprocessable` for a request that contradicts itself, `unavailable`. */
  async messages(name: string, request: MessagesRequest): Promise<MessagesResponse> {
    const { partition, offset, since, limit } = request
    if (offset !== undefined && partition === undefined) {
      throw new Problem('unprocessable', 'an offset needs a partition')
    }
    if (offset !== undefined && since !== undefined) {
      throw new Problem('unprocessable', 'ask by offset or by time, not by both')
    }
    const topic = await this.#topic(name)
    const partitions = topic.partitions.map((one) => one.partition).filter((one) => one === (partition ?? one))
    if (partitions.length === 0) throw new Problem('not_found', `${name} has no partition ${partition ?? ''}`)
    const scanned = await this.#scan(name, partitions, request)
    const isForward = offset !== undefined || since !== undefined
    const found = scanned
      .flatMap((one) => one.found)
      .sort((one, other) => (isForward ? inTime(one, other) : inTime(other, one)))
    return {
      messages: found.slice(0, limit).map(messageOf),
      looked_at: scanned.reduce((sum, { lookedAt }) => sum + lookedAt, 0),
      is_complete: scanned.every(({ isComplete }) => isComplete),
    }
  }

  /** The newest dead letters. @throws Problem as {@link messages}. */
  async deadLetters(): Promise<DeadLetters> {
    const { topics: known } = await this.#asked(() => this.#cluster.offsets())
    if (!known.some(({ name }) => name === DEAD_LETTER_TOPIC)) return { dead_letters: [], is_complete: true }
    const [scanned] = await this.#scan(DEAD_LETTER_TOPIC, [0], { limit: DEAD_LETTERS_SHOWN + 1 })
    const letters = (scanned?.found ?? []).flatMap(({ record }) =>
      record.value === null ? [] : [letterOf(record.value)],
    )
    return {
      dead_letters: letters.toReversed().slice(0, DEAD_LETTERS_SHOWN),
      is_complete: scanned?.isComplete === true && letters.length <= DEAD_LETTERS_SHOWN,
    }
  }

  /**
   * Sends dead letters to their topics again. @returns the ids of those sent.
   * @throws Problem `not_found` when one is not there; then none is sent.
   */
  async replay({ ids, values = {} }: ReplayOrder): Promise<string[]> {
    const corrected = new Map(Object.entries(values).map(([id, value]) => [id, JSON.stringify(value)]))
    const strange = [...corrected.keys()].find((id) => !ids.includes(id))
    if (strange !== undefined)
      throw new Problem('unprocessable', `there is a value for ${strange}, which is not in ids`)
    try {
      const sent = await this.#semaphore.run(() => replayLetters(this.#connection, ids, corrected))
      return sent.map(idOf)
    } catch (error) {
      if (error instanceof Problem) throw error
      if (error instanceof OperatingError) throw new Problem('not_found', error.message, { cause: error })
      throw unavailable('Kafka does not answer', error)
    }
  }

  async #scan(topic: string, partitions: readonly number[], request: MessagesRequest): Promise<Scanned[]> {
    const { key, limit, offset, since } = request
    const wanted = (record: Found['record']): boolean => key === undefined || record.key?.includes(key) === true
    const bounds = {
      limit,
      recordsMax: Math.ceil(RECORDS_MAX / partitions.length),
      deadlineMs: performance.now() + WITHIN_MS,
    }
    return this.#asked(() =>
      this.#semaphore.run(async () => {
        const reader = new PartitionReader(this.#connection, 'fintech-browser', [topic])
        try {
          const all: Scanned[] = []
          for (const partition of partitions) {
            const scan = new PartitionScan(reader, { topic, partition }, wanted, bounds)
            const from = since === undefined ? offset : await reader.offsetSince(topic, partition, since)
            if (from !== undefined) all.push(await scan.from(from))
            else if (since === undefined) all.push(await scan.latest())
          }
          return all
        } finally {
          await reader.close()
        }
      }),
    )
  }

  async #topic(name: string): Promise<TopicOffsets> {
    const { topics } = await this.#asked(() => this.#cluster.offsets(name))
    const found = topics.find((topic) => topic.name === name)
    if (found === undefined) throw new Problem('not_found', `there is no topic ${name}: /v1/topics lists them`)
    return found
  }

  /** The sink keeps its offsets beside its rows. Without Postgres they are not known, which is no reason to show nothing. */
  async #sinkPositions(topic: string): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#database
      .query<{ partition: number; next_offset: string }>({
        text: 'select partition, next_offset from analytics.sink_offsets where topic = $1',
        values: [topic],
      })
      .catch(() => [])
    return new Map(rows.map(({ partition, next_offset }) => [partition, Number(next_offset)]))
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof Problem) throw error
      throw unavailable('Kafka does not answer', error)
    }
  }
}

const inTime = (one: Found, other: Found): number =>
  one.record.timestampMs - other.record.timestampMs ||
  one.partition - other.partition ||
  one.record.offset - other.record.offset

const messageOf = ({ partition, record }: Found): Message => ({
  partition,
  offset: record.offset,
  timestamp_ms: record.timestampMs,
  key: contentOf(record.key),
  value: contentOf(record.value),
})

function letterOf(value: Buffer): DeadLetter {
  const letter = JSON.parse(value.toString()) as Letter
  const decoded = (base64: string | null) => contentOf(base64 === null ? null : Buffer.from(base64, 'base64'))
  return {
    id: idOf(letter),
    timestamp: letter.timestamp,
    reason: letter.reason,
    detail: letter.detail,
    key: decoded(letter.key_base64),
    value: decoded(letter.value_base64),
  }
}
