import {
  analyticsTopic,
  columnType,
  DEAD_LETTER_TOPIC,
  type FieldKind,
  type Fields,
  LATE_TOPIC,
  resultTable,
} from '@fintech-streams/contracts'

/** The schema of all tables that the sink makes. */
const SCHEMA = 'analytics'

/** What a result declares of itself: the fields of its key and all its fields. */
export interface ResultDeclaration {
  readonly key: readonly string[]
  readonly fields: Fields
}

/** A topic's records as rows: the table's name is the topic's last, its columns are the declared fields. */
export interface SinkTable extends ResultDeclaration {
  readonly topic: string
  readonly name: string
}

/** The late transaction of one job; one that comes again is the same row. */
const LATE: ResultDeclaration = {
  key: ['transaction_id', 'job'],
  fields: {
    transaction_id: 'id',
    job: 'text',
    key: 'object?',
    window_start: 'time?',
    window_end: 'time?',
    event_time: 'time',
    lateness_ms: 'count',
    reason: 'text',
  },
}

const DEAD_LETTER: ResultDeclaration = {
  key: ['topic', 'partition', 'offset'],
  fields: {
    topic: 'text',
    partition: 'count',
    offset: 'count',
    timestamp: 'time',
    key_base64: 'text?',
    value_base64: 'text?',
    reason: 'text',
    detail: 'text',
  },
}

/** The tables of the given jobs' results, and those of late and malformed records. */
export function sinkTables(results: ReadonlyMap<string, ResultDeclaration>): SinkTable[] {
  return [
    ...[...results].map(([id, spec]) => sinkTable(analyticsTopic(id), spec)),
    sinkTable(LATE_TOPIC, LATE),
    sinkTable(DEAD_LETTER_TOPIC, DEAD_LETTER),
  ]
}

function sinkTable(topic: string, { key, fields }: ResultDeclaration): SinkTable {
  return { topic, name: resultTable(topic), key, fields }
}

/** Makes the table, or gives one of an earlier declaration its new columns; their old rows have nulls there. */
export function tableSql(table: SinkTable): string[] {
  const columns = Object.entries(table.fields).map(([name, kind]) => `${quoted(name)} ${columnType(kind)}`)
  const primaryKey = `primary key (${list(table.key)})`
  return [
    `create table if not exists ${qualified(table)} (${[...columns, primaryKey].join(', ')})`,
    ...Object.entries(table.fields).map(
      ([name, kind]) => `alter table ${qualified(table)} add column if not exists ${quoted(name)} ${bareType(kind)}`,
    ),
    ...indexSql(table),
  ]
}

/** Query: a time range, the newest first (dashboards, console, alerts). */
function indexSql(table: SinkTable): string[] {
  const column = ['window_start', 'event_time', 'timestamp'].find((name) => table.fields[name]?.startsWith('time'))
  if (column === undefined || table.key[0] === column) return []
  const name = quoted(`${table.name}_${column}`)
  return [`create index if not exists ${name} on ${qualified(table)} (${quoted(column)})`]
}

/**
 * Inserts or replaces the rows of a JSON array, `$1`, of records as they are on the wire. No two of them may have the
 * same key.
 */
export function upsertSql(table: SinkTable): string {
  const names = Object.keys(table.fields)
  const typed = Object.entries(table.fields).map(([name, kind]) => `${quoted(name)} ${bareType(kind)}`)
  const replaced = names.filter((name) => !table.key.includes(name))
  const assignments = replaced.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ')
  return [
    `insert into ${qualified(table)} (${list(names)})`,
    `select ${list(names)} from json_to_recordset($1::json) as record (${typed.join(', ')})`,
    `on conflict (${list(table.key)}) do ${replaced.length === 0 ? 'nothing' : `update set ${assignments}`}`,
  ].join(' ')
}

/** Where each topic partition's consumption stands, committed with the rows that it gave. */
export const OFFSETS_TABLE_SQL = `create table if not exists ${SCHEMA}.sink_offsets (
  topic text, partition integer, topic_id text not null, next_offset bigint not null,
  committed_at timestamptz(3) not null default now(), primary key (topic, partition))`

export const READ_OFFSETS_SQL = `select topic, partition, topic_id, next_offset from ${SCHEMA}.sink_offsets`

export const WRITE_OFFSETS_SQL = `insert into ${SCHEMA}.sink_offsets (topic, partition, topic_id, next_offset, committed_at)
  select topic, partition, topic_id, next_offset, now()
  from unnest($1::text[], $2::integer[], $3::text[], $4::bigint[]) as read (topic, partition, topic_id, next_offset)
  on conflict (topic, partition) do update set
    topic_id = excluded.topic_id, next_offset = excluded.next_offset, committed_at = excluded.committed_at`

function bareType(kind: FieldKind): string {
  return columnType(kind).replace(' not null', '')
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const qualified = (table: SinkTable): string => `${SCHEMA}.${quoted(table.name)}`
const list = (names: readonly string[]): string => names.map(quoted).join(', ')
