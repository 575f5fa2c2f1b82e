import { readFileSync } from 'node:fs'
import { type FieldKind, type JobId, RESULTS, resultTable } from '@fintech-streams/contracts'
import { builtInJobs, loadRules, RULES_FILE, type TransactionsJob } from '@fintech-streams/jobs'
import { type PartitionIntake } from '../oracle/intake.ts'
import { type Expected, expectedDeadLetters, expectedLate, expectedResults } from '../oracle/recompute.ts'
import { type OracleRules, readOracleRules } from '../oracle/rules.ts'
import { type KeyedWindowing, WINDOWINGS } from '../oracle/window-jobs.ts'
import { type CompareOptions, DEAD_LETTER_OPTIONS, LATE_OPTIONS, resultOptions } from './compare.ts'
import { replayed, windowingOf } from './replay.ts'

/** How a job's results are computed again. */
export type Method = 'second implementation' | 'replay'

/** A job whose results are checked. */
export interface CheckedJob {
  readonly id: string
  readonly topic: string
  /** With its schema. */
  readonly table: string
  /** The names of the result's key fields. */
  readonly key: readonly string[]
  readonly fields: Readonly<Record<string, FieldKind>>
  readonly method: Method
  readonly expected: (intakes: readonly PartitionIntake[]) => Generator<Expected>
  /** Undefined for a job that judges each transaction. */
  readonly windowing: KeyedWindowing | undefined
}

/**
 * The jobs that the processor runs under a rules document. One of the contract has a second implementation that shares no
 * code with it; any other is replayed: its own declaration, run over each window in one process, without state store,
 * partitions or commits.
 * @throws RulesError when the document cannot be used.
 */
export function checkedJobs(rulesFile: string | URL = RULES_FILE): CheckedJob[] {
  const rules = readOracleRules(readFileSync(rulesFile, 'utf8'))
  return builtInJobs(loadRules(rulesFile)).map((job) => checkedJob(job, rules))
}

/** How one job is checked. */
export function checkedJob(job: TransactionsJob, rules: OracleRules): CheckedJob {
  const { id, topic } = job
  const common = {
    id,
    topic,
    table: `analytics.${resultTable(topic)}`,
    key: job.result.key,
    fields: job.result.fields,
  }
  if (isJobId(id)) {
    return {
      ...common,
      method: 'second implementation',
      expected: (intakes) => expectedResults(id, intakes, rules),
      windowing: id === 'fraud_detection' || id === 'anomaly_detection' ? undefined : WINDOWINGS[id],
    }
  }
  return { ...common, method: 'replay', expected: (intakes) => replayed(job, intakes), windowing: windowingOf(job) }
}

const isJobId = (id: string): id is JobId => Object.hasOwn(RESULTS, id)

/** A topic that the processor writes for others: how it is compared, and with what. */
export interface CheckedTopic {
  readonly options: CompareOptions
  /** Undefined for a topic of no job. */
  readonly method: Method | undefined
  readonly records: (intakes: readonly PartitionIntake[]) => Generator<Expected>
}

/** Every topic that the processor writes for others. */
export function checkedTopics(jobs: readonly CheckedJob[]): CheckedTopic[] {
  const windowings = Object.fromEntries(
    jobs.flatMap(({ id, windowing }) => (windowing === undefined ? [] : [[id, windowing]])),
  )
  return [
    ...jobs.map(({ topic, fields, method, expected }) => ({
      options: resultOptions(topic, fields),
      method,
      records: expected,
    })),
    { options: LATE_OPTIONS, method: undefined, records: (intakes) => expectedLate(intakes, windowings) },
    { options: DEAD_LETTER_OPTIONS, method: undefined, records: expectedDeadLetters },
  ]
}
