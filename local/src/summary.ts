import { analyticsTopic, JOB_IDS, PARTITIONS } from '@fintech-streams/contracts'
import { PartitionReader } from '@fintech-streams/kafka'
import { Admin } from '@platformatic/kafka'
import { type Client } from 'pg'
import { kafkaOf } from './kafka.ts'
import { withClient } from './postgres.ts'
import { setting, type Stack } from './stack.ts'
import { table } from './text-table.ts'

/** What a run has left in the database and in Kafka. */
export interface Summary {
  readonly rows: ReadonlyMap<string, number>
  /** Committed records per topic of the platform, internal ones left out. */
  readonly records: ReadonlyMap<string, number>
  readonly jobs: readonly JobSummary[]
}

export interface JobSummary {
  readonly job: string
  readonly inTopic: number
  readonly inTable: number
}

/** Counts every row and reads every committed record. */
export async function summarise(stack: Stack): Promise<Summary> {
  const { rows, results } = await withClient(stack, setting(stack, 'POSTGRES_DB'), async (client) => ({
    rows: await rowCounts(client, 'public'),
    results: await rowCounts(client, 'analytics'),
  }))
  const records = await recordCounts(stack)
  const jobs = JOB_IDS.map((job) => ({
    job,
    inTopic: records.get(analyticsTopic(job)) ?? 0,
    inTable: results.get(job) ?? 0,
  }))
  return { rows, records, jobs }
}

/** What keeps a run from being green: jobs without a result in their topic or their table. */
export function missingResults(jobs: readonly JobSummary[]): string[] {
  return jobs.flatMap(({ job, inTopic, inTable }) => [
    ...(inTopic === 0 ? [`${job} has no result in ${analyticsTopic(job)}`] : []),
    ...(inTable === 0 ? [`${job} has no result in analytics.${job}`] : []),
  ])
}

/** The summary as three tables. */
export function summaryLines({ rows, records, jobs }: Summary): string[] {
  const count = (n: number): string => n.toLocaleString('en-US')
  const listed = (title: string, unit: string, counts: ReadonlyMap<string, number>): string[] =>
    table([[title, unit], ...[...counts].map(([name, n]) => [name, count(n)])])
  return [
    ...listed('table', 'rows', rows),
    '',
    ...listed('topic', 'records', records),
    '',
    ...table([
      ['job', 'results in topic', 'results in table'],
      ...jobs.map(({ job, inTopic, inTable }) => [job, count(inTopic), count(inTable)]),
    ]),
  ]
}

async function rowCounts(client: Client, schema: string): Promise<Map<string, number>> {
  const found = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    [schema],
  )
  const counts = new Map<string, number>()
  for (const { name } of found.rows) {
    const from = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`
    const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${from}`)
    counts.set(name, rows[0]?.n ?? 0)
  }
  return counts
}

async function recordCounts(stack: Stack): Promise<Map<string, number>> {
  const connection = kafkaOf(stack, 'fintech-summary')
  const admin = new Admin(connection)
  const topics = (await admin.listTopics()).filter(isSummarised).sort()
  const { topics: metadata } = await admin.metadata({ topics })
  await admin.close()
  const reader = new PartitionReader(connection, 'fintech-summary', topics)
  const counts = new Map<string, number>()
  try {
    for (const topic of topics) {
      const partitions = metadata.get(topic)?.partitionsCount ?? PARTITIONS
      for (let partition = 0; partition < partitions; partition += 1) {
        counts.set(topic, (counts.get(topic) ?? 0) + (await committedCount(reader, topic, partition)))
      }
    }
  } finally {
    await reader.close()
  }
  return counts
}

async function committedCount(reader: PartitionReader, topic: string, partition: number): Promise<number> {
  let count = 0
  const first = await reader.firstOffset(topic, partition)
  const end = await reader.endOffset(topic, partition)
  await reader.readRange(topic, partition, first, end, ({ records }) => (count += records.length))
  return count
}

const isSummarised = (topic: string): boolean => /^fintech\.(?!internal\.|connect\.)/.test(topic)
