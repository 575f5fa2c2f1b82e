import { OperatingError } from '@fintech-streams/service'
import { DAY_MS, formatInstant, minutes, PROCESSOR_GROUP, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { explainedKafka, type KafkaConnection, KafkaTopicLog, PartitionReader } from '@fintech-streams/kafka'
import { type Snapshot } from '../lake/manifest.ts'
import { LAKE_TOPICS } from '../lake/topics.ts'
import { type NightlyDatabase } from './database.ts'

/** What comes later than this is late for every job, too. */
const SETTLED_AFTER_MS = minutes(15)

export interface HealthLimits {
  /** Records that the lake, and the processor, may be behind. */
  readonly lagRecordsMax: number
  /** Records of the day that nobody could read. */
  readonly deadLettersMax: number
}

/** Where a partition's readers are. */
export interface PartitionHealth {
  readonly topic: string
  readonly partition: number
  readonly endOffset: number
  /** What the lake has read; undefined when nothing. */
  readonly lakeOffset: number | undefined
  readonly lakeEventTimeMs: number | null
  /** What the processor has committed; undefined when nothing, or where it is the writer. */
  readonly processorOffset: number | undefined
}

/**
 * Everything that speaks against reconciling a day now: it is not over, the lake or the processor is behind, or too much
 * of the day could not be read.
 */
export function healthProblems(
  date: string,
  nowMs: number,
  partitions: readonly PartitionHealth[],
  deadLetters: number,
  limits: HealthLimits,
): string[] {
  const endMs = Date.parse(date) + DAY_MS
  const problems: string[] = []
  if (nowMs < endMs + SETTLED_AFTER_MS) {
    problems.push(`${date} is not over before ${formatInstant(endMs + SETTLED_AFTER_MS)}`)
  }
  if (partitions.length === 0) problems.push(`there is no topic ${TRANSACTIONS_TOPIC}`)
  for (const { topic, partition, endOffset, lakeOffset, lakeEventTimeMs, processorOffset } of partitions) {
    const lag = endOffset - (lakeOffset ?? 0)
    const isPast = lag === 0 || (lakeEventTimeMs !== null && lakeEventTimeMs >= endMs)
    if (!isPast) problems.push(`the lake is not past ${date} in ${topic}/${partition}, ${lag} records behind`)
    else if (lag > limits.lagRecordsMax) problems.push(`the lake is ${lag} records behind in ${topic}/${partition}`)
    const processorLag = topic === TRANSACTIONS_TOPIC ? endOffset - (processorOffset ?? 0) : 0
    if (processorLag > limits.lagRecordsMax) {
      problems.push(`the processor is ${processorLag} records behind in ${topic}/${partition}`)
    }
  }
  if (deadLetters > limits.deadLettersMax) {
    problems.push(`${deadLetters} dead letters of ${date}, at most ${limits.deadLettersMax} are allowed`)
  }
  return problems
}

/** @throws OperatingError that says everything which speaks against reconciling the day now. */
export async function requireHealthy(
  connection: KafkaConnection,
  database: NightlyDatabase,
  snapshot: Snapshot,
  date: string,
  limits: HealthLimits,
): Promise<void> {
  const partitions = await partitionHealth(connection, snapshot)
  const deadLetters = await deadLettersOf(database, date)
  const problems = healthProblems(date, Date.now(), partitions, deadLetters, limits)
  if (problems.length > 0) {
    throw new OperatingError('not_healthy', `${date} cannot be reconciled yet: ${problems.join('; ')}`)
  }
}

async function partitionHealth(connection: KafkaConnection, snapshot: Snapshot): Promise<PartitionHealth[]> {
  const log = new KafkaTopicLog(connection)
  const processor = new PartitionReader(connection, PROCESSOR_GROUP, [TRANSACTIONS_TOPIC])
  try {
    const topics = await log.topics(LAKE_TOPICS)
    const found = [...topics].flatMap(([topic, { partitions }]) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    )
    const bounds = await log.bounds(found)
    return await Promise.all(
      found.map(async ({ topic, partition }, at) => {
        const position = snapshot.positions.find((one) => one.topic === topic && one.partition === partition)
        return {
          topic,
          partition,
          endOffset: bounds[at]?.end ?? 0,
          lakeOffset: position?.offset,
          lakeEventTimeMs: position?.maxEventTimeMs ?? null,
          processorOffset: topic === TRANSACTIONS_TOPIC ? await processor.committedOffset(topic, partition) : undefined,
        }
      }),
    )
  } catch (error) {
    throw explainedKafka(error, connection)
  } finally {
    await Promise.allSettled([log.close(), processor.close()])
  }
}

/** Dead letters whose record is of the day; the sink makes their table at its first start. */
async function deadLettersOf(database: NightlyDatabase, date: string): Promise<number> {
  const [table] = await database.rows<{ there: boolean }>(
    `select to_regclass('analytics.dead_letter') is not null as there`,
  )
  if (table?.there !== true) return 0
  const [row] = await database.rows<{ n: number }>(
    `select count(*)::int as n from analytics.dead_letter where (timestamp at time zone 'UTC')::date = $1`,
    [date],
  )
  return row?.n ?? 0
}
