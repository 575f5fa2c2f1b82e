import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  addSettings,
  bootstrapServers,
  createProgram,
  EXIT_FAILURE,
  kafkaSettings,
  OperatingError,
  postgresConfig,
  postgresSettings,
  text,
  toggle,
  valuesOf,
} from '@fintech-streams/service'
import { Client, type ClientConfig } from 'pg'
import { IdleSteps, readIdleSteps } from './idle-steps.ts'
import { openLog, READERS, readerNamed } from './reader.ts'
import { comparisonLines, headLine, summaryLines } from './report.ts'
import { verify } from './verify.ts'

const CONNECT_WAIT_MS = 10_000

const settings = {
  ...kafkaSettings,
  ...postgresSettings,
  tables: toggle({ help: 'compare the tables of schema analytics, too' }),
  rules: text({
    default: resolve(import.meta.dirname, '../../../flink-like-processor/rules.json'),
    takes: 'file',
    help: 'rules document whose version the verdicts must name',
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
  const ruleVersion = readRuleVersion(values.rules)
  const kafka = await openLog(await readerNamed(values.reader), bootstrapServers(values))
  let postgres: Client | undefined
  try {
    const known = new IdleSteps()
    if (values.idleSteps !== undefined) known.load(values.idleSteps)
    const idleSteps = await readIdleSteps(kafka, known)
    if (values.tables) postgres = await connect(postgresConfig(values))
    console.log(headLine())
    const verification = await verify({
      kafka,
      postgres,
      ruleVersion,
      idleSteps: (partition) => idleSteps.of(partition),
      onComparison: (comparison) => comparisonLines(comparison).forEach((line) => console.log(line)),
    })
    summaryLines(verification).forEach((line) => console.log(line))
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(verification, null, 2)}\n`)
    if (!verification.ok) process.exitCode = EXIT_FAILURE
  } finally {
    await postgres?.end()
    await kafka.close()
  }
})

async function connect(config: ClientConfig): Promise<Client> {
  const client = new Client({ ...config, connectionTimeoutMillis: CONNECT_WAIT_MS })
  // A lost connection also fails the query under way, which reports it; unheard, the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    const { message, code } = error as { message: string; code?: string }
    const reason = message === '' ? (code ?? 'no reason given') : message
    throw new OperatingError(
      'postgres_unreachable',
      `cannot connect to Postgres at ${config.host}:${config.port}/${config.database} as ${config.user}: ${reason}`,
      error,
    )
  }
}

function readRuleVersion(file: string): string {
  try {
    const rules = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }
    if (typeof rules.version === 'string') return rules.version
  } catch (error) {
    throw new OperatingError('bad_rules', `cannot read ${file}: ${(error as Error).message}`, error)
  }
  throw new OperatingError('bad_rules', `${file} has no text in "version": it is no rules document`)
}
