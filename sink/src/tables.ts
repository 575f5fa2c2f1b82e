import {
  analyticsTopic,
  columnType,
  DEAD_LETTER,
  DEAD_LETTER_TOPIC,
  type FieldKind,
  type Fields,
  LATE,
  LATE_TOPIC,
  resultTable,
} from '@fintech-streams/contracts'
import { OFFSET_COLUMNS } from '@fintech-streams/postgres'

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

/** The column that says when a row is of: the start of its window, or the time of what it is about. */
export const timeColumn = (table: SinkTable): string | undefined =>
  ['window_start', 'event_time', 'timestamp'].find((name) => table.fields[name] === 'time')

/**
 * Indexes for questions that the key and the time do not answer. Of a customer's transactions, and of the few that are
 * not normal: those are one in hundreds, so that index costs next to nothing, and with the columns that every question
 * about alerts asks for, the table itself is hardly read.
 */
const FURTHER_INDEXES: Readonly<Record<string, readonly string[]>> = {
  fraud_detection: [
    'create index if not exists fraud_detection_customer on analytics.fraud_detection (customer_id, event_time)',
    `create index if not exists fraud_detection_alerts on analytics.fraud_detection (event_time)
      include (customer_id, verdict, fraud_score, amount_usd) where verdict <> 'NORMAL'`,
  ],
  anomaly_detection: [
    'create index if not exists anomaly_detection_customer on analytics.anomaly_detection (customer_id, event_time)',
    `create index if not exists anomaly_detection_types on analytics.anomaly_detection (event_time)
      include (customer_id, anomaly_type)`,
  ],
}

/** Query: a time range, the newest first (dashboards, console, alerts). */
function indexSql(table: SinkTable): string[] {
  const further = FURTHER_INDEXES[table.name] ?? []
  const column = timeColumn(table)
  if (column === undefined || table.key[0] === column) return [...further]
  const name = quoted(`${table.name}_${column}`)
  return [...further, `create index if not exists ${name} on ${qualified(table)} (${quoted(column)})`]
}

/**
 * `analytics.prune(keep, rows_max)` deletes the oldest rows of every table, at most `rows_max` of each, and returns how
 * many. Kept are the newest row's day and those less than `keep` before it, by event time: what is imported from long
 * ago, or left alone for a year, is not older for it. A row from the future makes no other one older.
 */
export function pruneSql(tables: readonly SinkTable[]): string {
  const each = tables.flatMap((table) => {
    const column = timeColumn(table)
    if (column === undefined) return []
    const [name, time] = [qualified(table), quoted(column)]
    return `
      delete from ${name} where ctid = any (array(
        select ctid from ${name}
        where ${time} < (select date_bin(interval '1 day', least(max(${time}), now()), timestamptz 'epoch') - keep from ${name})
        order by ${time} limit rows_max));
      get diagnostics gone = row_count;
      total := total + gone;`
  })
  return `create or replace function ${SCHEMA}.prune(keep interval, rows_max integer) returns bigint
    language plpgsql as $prune$
    declare
      gone bigint;
      total bigint := 0;
    begin${each.join('')}
      return total;
    end
  $prune$`
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

export const OFFSETS_TABLE = `${SCHEMA}.sink_offsets`

/** Makes the table of the offsets, or gives one of an earlier version what it does not have. */
export const OFFSETS_TABLE_SQL = [
  `create table if not exists ${OFFSETS_TABLE} (${OFFSET_COLUMNS})`,
  `alter table ${OFFSETS_TABLE} add column if not exists leader_epoch integer`,
]

function bareType(kind: FieldKind): string {
  return columnType(kind).replace(' not null', '')
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const qualified = (table: SinkTable): string => `${SCHEMA}.${quoted(table.name)}`
const list = (names: readonly string[]): string => names.map(quoted).join(', ')
