import { brokenState } from './flow.ts'
import { type ConnectorRow, type ProcessRow, type StageRow, type Trouble } from './schema.ts'

const MIB = 1_048_576
/** What is normal is well below: results within a second, a checkpoint every ten, WAL of some seconds. */
const LAG_RECORDS_MAX = 10_000
const CHECKPOINT_AGE_MAX_SECONDS = 60
const RETAINED_BYTES_MAX = 256 * MIB
const HEARTBEAT_AGE_MAX_SECONDS = 120
/** A process that logged an error so recently is worth a look, though it works. */
const RECENT_ERROR_MS = 60_000

/** What follows when a process is gone: docs/ARCHITECTURE.md, "What happens when something dies". */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  postgres: 'No transaction can be written and no table can be read until it is up again.',
  kafka: 'Nothing flows; changes wait in Postgres, and everything goes on by itself when it is up again.',
  connect: 'No change reaches Kafka; Postgres keeps them until it is up again.',
  processor: 'Its partitions give no new results until it is started again or another worker takes over.',
  sink: 'Results wait in Kafka; the result tables stand still.',
  audit: 'Nobody watches whether everything has come out.',
  counter: 'Top senders stand still and say how old they are.',
  lake: 'Nothing is added to the lake, and fraud_index and ops_index stand still.',
  nightly: 'The day is not reconciled until it is up again.',
  generator: 'No new transactions come from it; others, such as POST /v1/transactions, still do.',
  redis: 'Risk scores cannot be read.',
}

/** A process whose death explains that another one does not do its work. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  connect: ['kafka', 'postgres'],
  processor: ['kafka'],
  sink: ['kafka', 'postgres'],
  audit: ['kafka', 'postgres'],
  counter: ['kafka', 'postgres'],
  lake: ['kafka', 'postgres'],
  nightly: ['lake', 'postgres'],
  serving: ['kafka', 'postgres', 'counter'],
  generator: ['postgres'],
}

interface Parts {
  readonly atMs: number
  readonly processes: readonly ProcessRow[]
  readonly connectors: readonly ConnectorRow[]
  readonly stages: readonly StageRow[]
  readonly sinkLagRecords: number | null
}

/** What is wrong, in words: what is down first, causes before their consequences, then what is slow. */
export function troublesOf(parts: Parts): Trouble[] {
  const down = new Set(parts.processes.filter(({ state }) => state === 'down').map(({ name }) => kindOf(name)))
  return [
    ...parts.processes.flatMap((row) => downTrouble(row, down)),
    ...parts.connectors.flatMap(connectorTroubles),
    ...parts.processes.flatMap((row) => startingTrouble(row, down)),
    ...parts.stages.flatMap(stageTroubles),
    ...lagTrouble('sink', 'results are not in the tables yet', parts.sinkLagRecords),
    ...parts.processes.flatMap((row) => recentError(row, parts.atMs)),
  ]
}

/** One sentence for the top of a page. */
export function summaryOf(troubles: readonly Trouble[]): string {
  const errors = troubles.filter(({ severity }) => severity === 'error')
  const parts = [...new Set((errors.length > 0 ? errors : troubles).map(({ part }) => part))]
  if (parts.length === 0) return 'Everything works.'
  return errors.length > 0 ? `Broken: ${parts.join(', ')}.` : `Works, with something to look at: ${parts.join(', ')}.`
}

/** `processor` of `processor-2`. */
const kindOf = (name: string): string => name.replace(/-\d+$/, '')

function downTrouble({ name, state, detail }: ProcessRow, down: ReadonlySet<string>): Trouble[] {
  if (state !== 'down') return []
  const text = `${name} is down: ${detail}. ${because(name, down)}${CONSEQUENCES[kindOf(name)] ?? ''}`
  return [{ severity: 'error', part: name, text: text.trim() }]
}

function startingTrouble({ name, state, detail }: ProcessRow, down: ReadonlySet<string>): Trouble[] {
  if (state !== 'starting') return []
  return [{ severity: 'warning', part: name, text: `${name} is not ready: ${detail}. ${because(name, down)}`.trim() }]
}

function because(name: string, down: ReadonlySet<string>): string {
  const missing = (NEEDS[kindOf(name)] ?? []).filter((needed) => down.has(needed))
  return missing.length === 0 ? '' : `That may follow from ${missing.join(' and ')}. `
}

function connectorTroubles(connector: ConnectorRow): Trouble[] {
  const { name, slot, heartbeat_age_seconds: heartbeatAge, last_error: lastError } = connector
  const warn = (text: string): Trouble => ({ severity: 'warning', part: name, text })
  const troubles: Trouble[] = []
  const broken = brokenState(connector)
  if (broken !== undefined) {
    const why = lastError === null ? '' : `: ${lastError}`
    const text = `${name} is ${broken.toLowerCase()}${why}. Its tables’ changes do not reach Kafka.`
    troubles.push({ severity: 'error', part: name, text })
  }
  if (slot?.status === 'lost') {
    troubles.push({
      severity: 'error',
      part: name,
      text: `${name} has lost its place in the WAL: npx fintech connectors delete --forget ${name}, then apply.`,
    })
  }
  if (slot !== null && (slot.retained_bytes ?? 0) > RETAINED_BYTES_MAX) {
    troubles.push(
      warn(`${name} is behind: Postgres keeps ${Math.round(slot.retained_bytes! / MIB)} MiB of WAL for it.`),
    )
  }
  if (broken === undefined && (heartbeatAge ?? 0) > HEARTBEAT_AGE_MAX_SECONDS) {
    troubles.push(warn(`${name} gave its last sign of life ${Math.round(heartbeatAge!)} s ago.`))
  }
  return troubles
}

function stageTroubles({
  name,
  records_per_second: rate,
  state,
  tasks,
  tasks_expected: expected,
  lag_records: lag,
  checkpoint,
}: StageRow) {
  const troubles: Trouble[] = []
  if (state !== 'down' && tasks < expected) {
    const text = `${name}: ${tasks} of ${expected} tasks have a worker that answers.`
    troubles.push({ severity: 'warning', part: 'processor', text })
  }
  // Where nothing comes nothing changes, and nothing has to be saved.
  const isSaving = checkpoint === null || checkpoint.entries !== null || (rate ?? 0) === 0
  if (!isSaving && checkpoint.age_seconds > CHECKPOINT_AGE_MAX_SECONDS) {
    const text = `${name}: records come, and the last checkpoint is ${Math.round(checkpoint.age_seconds)} s old.`
    troubles.push({ severity: 'warning', part: 'processor', text })
  }
  return [...troubles, ...lagTrouble(name, 'records wait to be processed', lag)]
}

function lagTrouble(part: string, what: string, lag: number | null): Trouble[] {
  if (lag === null || lag <= LAG_RECORDS_MAX) return []
  return [{ severity: 'warning', part, text: `${part}: ${lag.toLocaleString('en')} ${what}.` }]
}

function recentError({ name, state, last_error: error }: ProcessRow, atMs: number): Trouble[] {
  if (state !== 'up' || error === null || error.at === null || atMs - Date.parse(error.at) > RECENT_ERROR_MS) return []
  return [{ severity: 'warning', part: name, text: `${name} logged within the last minute: ${error.message}` }]
}
