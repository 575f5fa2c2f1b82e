import { ownStatus, total } from '@fintech-streams/service'
import { type Instance, type ProgramName } from './programs.ts'
import { type ProbeResult } from './probe.ts'
import { type Condition, type ConnectorRow, type ProcessRow } from './schema.ts'
import { type Snapshot, type Span } from './snapshot.ts'

const PURPOSES: Readonly<Record<ProgramName, string>> = {
  processor: 'the ten jobs, exactly once',
  sink: 'results to Postgres',
  audit: 'whether everything that was written has come out',
  counter: 'top senders',
  lake: 'transactions to Parquet, indexes within seconds',
  nightly: 'reconciliation of each day',
}
/** Not every installation runs these. */
const OPTIONAL: readonly ProgramName[] = ['audit', 'lake', 'nightly']

/** Every process of the platform. */
export function processRows(now: Snapshot): ProcessRow[] {
  const { database, broker, connect } = now
  const rows = [
    infrastructure('postgres', 'the platform’s tables and the results', database, (value) => ({
      uptime_seconds: (now.atMs - value.startedAtMs) / 1_000,
    })),
    infrastructure('kafka', 'the log: change topics and result topics', broker),
    infrastructure('connect', 'Debezium: changes of Postgres to Kafka', connect),
    ...now.instances.map((instance) => programRow(instance, now)),
    servingRow(now),
    generatorRow(now),
  ]
  return rows
}

const NOTHING_KNOWN = { uptime_seconds: null, memory_bytes: null, last_error: null }

function infrastructure<T>(
  name: string,
  purpose: string,
  result: ProbeResult<T>,
  known: (value: T) => Partial<ProcessRow> = () => ({}),
): ProcessRow {
  if (result.ok) return { name, purpose, state: 'up', detail: '', ...NOTHING_KNOWN, ...known(result.value) }
  return { name, purpose, state: 'down', detail: result.reason, ...NOTHING_KNOWN, last_error: seen(result.reason) }
}

const seen = (message: string): ProcessRow['last_error'] => ({ at: null, message })

function programRow({ name, program, result, isUnknownHost }: Instance, now: Snapshot): ProcessRow {
  const purpose = PURPOSES[program]
  if (!result.ok) {
    const isAbsent = isUnknownHost && OPTIONAL.includes(program)
    const state: Condition = isAbsent ? 'absent' : 'down'
    const detail = isAbsent ? 'not part of this installation' : result.reason
    return { name, purpose, state, detail, ...NOTHING_KNOWN, last_error: isAbsent ? null : seen(result.reason) }
  }
  const { samples, status } = result.value
  return {
    name,
    purpose,
    state: status.ready ? 'up' : 'starting',
    detail: status.ready ? '' : (status.not_ready ?? 'it answers, and does not do its work yet'),
    uptime_seconds: Math.max(0, (now.atMs - Date.parse(status.started_at)) / 1_000),
    memory_bytes: total(samples, 'process_resident_memory_bytes') || null,
    last_error: status.last_error,
  }
}

function servingRow(now: Snapshot): ProcessRow {
  const waiting = now.checks.filter(({ ready }) => !ready)
  return {
    name: 'serving',
    purpose: 'this API and the console',
    state: waiting.length === 0 ? 'up' : 'starting',
    detail: waiting.map(({ name, detail }) => `${name}: ${detail}`).join('; '),
    uptime_seconds: now.ownUptimeSeconds,
    memory_bytes: total(now.own, 'process_resident_memory_bytes') || null,
    last_error: ownStatus(true).last_error,
  }
}

/** It has no port: what is known of it is its connection to Postgres. */
function generatorRow({ atMs, database }: Snapshot): ProcessRow {
  const row = { name: 'generator', purpose: 'live transactions', ...NOTHING_KNOWN }
  if (!database.ok) return { ...row, state: 'unknown', detail: 'only Postgres knows of it, which does not answer' }
  const { connectedSinceMs } = database.value
  if (!connectedSinceMs.has('generator')) {
    return { ...row, state: 'down', detail: 'not connected to Postgres', last_error: seen('not connected to Postgres') }
  }
  const sinceMs = connectedSinceMs.get('generator')
  return { ...row, state: 'up', detail: '', uptime_seconds: sinceMs === undefined ? null : (atMs - sinceMs) / 1_000 }
}

/** Every connector with its tasks, its slot and its heartbeat. Without Connect, those whose slots Postgres knows. */
export function connectorRows(span: Span): ConnectorRow[] {
  const { connect, database } = span.now
  const reported = connect.ok ? connect.value.connectors : []
  const named = database.ok ? [...database.value.heartbeatAgeSeconds.keys()] : []
  const names = [...new Set([...reported.map(({ name }) => name), ...named])].sort()
  return names.map((name) => {
    const status = reported.find((one) => one.name === name)
    const tasks = status?.tasks ?? []
    const failed = tasks.find(({ state }) => state === 'FAILED')
    return {
      name,
      state: status?.state ?? (connect.ok ? 'MISSING' : 'UNKNOWN'),
      tasks: tasks.map(({ id, state, trace }) => ({ id, state, last_error: trace ?? null })),
      last_error: status?.trace ?? failed?.trace ?? null,
      slot: slotOf(span, slotName(name)),
      heartbeat_age_seconds: (database.ok ? database.value.heartbeatAgeSeconds.get(name) : undefined) ?? null,
    }
  })
}

/** `fintech-main-connector` reads the slot `fintech_main`: connectors/config says so. */
const slotName = (connector: string): string => connector.replace(/-connector$/, '').replaceAll('-', '_')

function slotOf(span: Span, name: string): ConnectorRow['slot'] {
  const { database } = span.now
  const slot = database.ok ? database.value.slots.get(name) : undefined
  if (slot === undefined) return null
  const rate = (of: 'decodedBytes' | 'decodedTransactions'): number | null =>
    span.rate((snapshot) => (snapshot.database.ok ? snapshot.database.value.slots.get(name)?.[of] : undefined))
  return {
    active: slot.active,
    status: slot.status,
    retained_bytes: slot.retainedBytes,
    bytes_per_second: rate('decodedBytes'),
    transactions_per_second: rate('decodedTransactions'),
  }
}
