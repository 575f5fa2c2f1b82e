import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type Client } from 'pg'
import { PartitionIntake } from '../oracle/intake.ts'
import { type IdleStep, type SourceRecord } from '../oracle/source.ts'
import { type CheckedJob, checkedTopics, type Method } from './checked-jobs.ts'
import { compare, isFlawless, type Comparison, type Found } from './compare.ts'
import { type CommittedLog, type Withheld } from '@fintech-streams/audit'
import { resultShape } from './shape.ts'
import { tableRows } from './tables.ts'

/** Outcomes of the source topic's records, over all partitions. */
export interface SourceSummary {
  records: number
  /** Different transactions, counted or beyond the horizon. */
  transactions: number
  counted: number
  duplicates: number
  malformed: number
  beyondHorizon: number
  ignored: { update: number; delete: number; moved: number; tombstone: number }
  /** Idle steps before a partition's last record. */
  idleSteps: number
  /** Idle steps that wall time cannot have given: none, when the processor is right. */
  implausibleSteps: number
}

export interface Verification {
  /** No topic and no table has a fault, and no idle step either. */
  ok: boolean
  source: SourceSummary
  topics: Comparison[]
  tables: Comparison[]
  /** Partitions that end in an open transaction, of which this reader, like any other, saw nothing. */
  withheld: readonly Withheld[]
}

export interface VerifyOptions {
  kafka: CommittedLog
  /** Without one the tables are not looked at. */
  postgres: Client | undefined
  /** What runs, and how each is computed again. */
  jobs: readonly CheckedJob[]
  /** The steps of a partition's watermark by wall time, which the source topic does not tell. */
  idleSteps: (partition: number) => readonly IdleStep[]
  /** Called with each comparison as it is made; `method` says how a job was computed again. */
  onComparison?: (comparison: Comparison, method: Method | undefined) => void
}

/**
 * Recomputes everything from the source topic and holds the processor's topics, and the tables, against it. The
 * processor and the sink must have caught up with the source: what they have not written yet counts as missing.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { kafka, postgres, jobs } = options
  const intakes = await readSource(options)
  const topics: Comparison[] = []
  const tables: Comparison[] = []
  const add = (to: Comparison[], comparison: Comparison, method: Method | undefined): void => {
    to.push(comparison)
    options.onComparison?.(comparison, method)
  }
  for (const { options: how, method, records } of checkedTopics(jobs)) {
    add(topics, await compare(records(intakes), foundIn(kafka.topic(how.name)), how), method)
  }
  if (postgres !== undefined) {
    for (const job of jobs) {
      const table = { name: job.table, shape: resultShape(job.fields), keeps: 'latest' } as const
      add(tables, await compare(job.expected(intakes), tableRows(postgres, job), table), job.method)
    }
  }
  const source = summaryOf(intakes)
  return {
    ok: [...topics, ...tables].every(isFlawless) && source.implausibleSteps === 0,
    source,
    topics,
    tables,
    withheld: kafka.withheld,
  }
}

async function readSource({ kafka, idleSteps, jobs }: VerifyOptions): Promise<PartitionIntake[]> {
  const keepsRecords = jobs.some(({ method }) => method === 'replay')
  const intakes: PartitionIntake[] = []
  const partitions = await kafka.partitionCount(TRANSACTIONS_TOPIC)
  for (let partition = 0; partition < partitions; partition += 1) {
    const intake = new PartitionIntake(partition, idleSteps(partition), { keepsRecords })
    for await (const record of kafka.partition(TRANSACTIONS_TOPIC, partition)) intake.add(record)
    intakes.push(intake)
  }
  return intakes
}

async function* foundIn(records: AsyncIterable<SourceRecord>): AsyncGenerator<Found> {
  for await (const { key, value } of records) {
    yield { key: key?.toString('utf8') ?? '(none)', value: value?.toString('utf8') ?? null }
  }
}

function summaryOf(intakes: readonly PartitionIntake[]): SourceSummary {
  const total = (count: (intake: PartitionIntake) => number) => intakes.reduce((sum, intake) => sum + count(intake), 0)
  const parts = {
    counted: total((intake) => intake.counted.length),
    duplicates: total((intake) => intake.duplicates),
    malformed: total((intake) => intake.malformed.length),
    beyondHorizon: total((intake) => intake.beyondHorizon.length),
  }
  const ignored = {
    update: total((intake) => intake.ignored.update),
    delete: total((intake) => intake.ignored.delete),
    moved: total((intake) => intake.ignored.moved),
    tombstone: total((intake) => intake.ignored.tombstone),
  }
  const records = [...Object.values(parts), ...Object.values(ignored)].reduce((sum, count) => sum + count, 0)
  return {
    records,
    transactions: total((intake) => intake.transactionIds().size),
    ...parts,
    ignored,
    idleSteps: total((intake) => intake.idleSteps),
    implausibleSteps: total((intake) => intake.implausibleSteps.length),
  }
}
