import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  addSettings,
  createProgram,
  EXIT_FAILURE,
  kafkaSettings,
  OperatingError,
  postgresSettings,
  text,
  toggle,
  valuesOf,
} from '@fintech-streams/service'
import { RulesError } from '@fintech-streams/jobs'
import { kafkaConnection, requireKafkaAccess } from '@fintech-streams/kafka'
import { connectPostgres, postgresConnection } from '@fintech-streams/postgres'
import { type Client } from 'pg'
import { type CheckedJob, checkedJobs } from './checked-jobs.ts'
import { IdleSteps, readIdleSteps } from './idle-steps.ts'
import { openLog, READERS, readerNamed } from './reader.ts'
import { comparisonLines, headLine, summaryLines } from './report.ts'
import { verify } from './verify.ts'

const settings = {
  ...kafkaSettings,
  ...postgresSettings,
  tables: toggle({ help: 'compare the tables of schema analytics, too' }),
  rules: text({
    default: resolve(import.meta.dirname, '../../../flink-like-processor/rules.json'),
    takes: 'file',
    help: 'rules document that the processor runs with',
  }),
  reader: text({
    default: undefined,
    takes: READERS.join('|'),
    help: "Kafka's own Java client, or the log's batches as they are; default: java where Java and its libraries are",
  }),
  idleSteps: text({
    default: undefined,
    takes: 'file',
    help: 'idle steps written down before the broker removed them',
  }),
  json: text({ default: undefined, takes: 'file', help: 'write the result to this file, too' }),
}

export const command = createProgram(
  'verify',
  'Recompute every result from fintech.transactions and compare it with what the processor wrote',
)
addSettings(command, settings).action(async () => {
  const values = valuesOf(command, settings)
  const jobs = jobsUnder(values.rules)
  const database = values.tables ? postgresConnection(values) : undefined
  const connection = kafkaConnection(values, 'fintech-verify')
  await requireKafkaAccess(connection)
  const kafka = await openLog(await readerNamed(values.reader), connection)
  let postgres: Client | undefined
  try {
    const known = new IdleSteps()
    if (values.idleSteps !== undefined) known.load(values.idleSteps)
    const idleSteps = await readIdleSteps(kafka, known)
    if (database !== undefined) postgres = await connectPostgres(database)
    console.log(headLine())
    const verification = await verify({
      kafka,
      postgres,
      jobs,
      idleSteps: (partition) => idleSteps.of(partition),
      onComparison: (...one) => comparisonLines(...one).forEach((line) => console.log(line)),
    })
    summaryLines(verification).forEach((line) => console.log(line))
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(verification, null, 2)}\n`)
    if (!verification.ok) process.exitCode = EXIT_FAILURE
  } finally {
    await postgres?.end()
    await kafka.close()
  }
})

function jobsUnder(rules: string): CheckedJob[] {
  try {
    return checkedJobs(rules)
  } catch (error) {
    if (error instanceof RulesError) throw new OperatingError('bad_rules', error.message, error)
    throw new OperatingError('bad_rules', `cannot read ${rules}: ${(error as Error).message}`, error)
  }
}
