import { type Database, isState, UNDEFINED_TABLE } from '@fintech-streams/postgres'

const SERVER = `select pg_postmaster_start_time() as started_at, pg_current_wal_lsn() - '0/0'::pg_lsn as wal_bytes,
  pg_database_size(current_database()) as database_bytes`

/** Rows that were ever inserted, by schema and table; counters of the server, a second old at most. */
const INSERTED = `select schemaname, relname, n_tup_ins from pg_stat_user_tables
  where schemaname in ('public', 'analytics', 'outbox_hours')`

const SLOTS = `select slot_name, active, wal_status,
  pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) as retained_bytes,
  stats.total_bytes, stats.total_txns
  from pg_replication_slots left join pg_stat_replication_slots stats using (slot_name)
  where slot_type = 'logical'`

const HEARTBEATS = `select connector, extract(epoch from now() - beat_at)::double precision as age_seconds
  from connector_heartbeats`

const PROGRAMS = `select program, connections, connected_since from serving.connected_programs()`

const SINK = `select topic, sum(next_offset) as next_offset from analytics.sink_offsets group by topic`
const COUNTER = `select sum(next_offset) as next_offset from serving.top_senders_positions`

/** What Postgres knows of the platform. */
export interface DatabaseState {
  readonly startedAtMs: number
  /** WAL that was ever written. */
  readonly walBytes: number
  readonly databaseBytes: number
  /** Rows ever inserted: of the platform's own tables, the outbox included, and of results. */
  readonly inserted: { readonly platform: number; readonly results: number }
  readonly slots: ReadonlyMap<string, Slot>
  readonly heartbeatAgeSeconds: ReadonlyMap<string, number>
  /** Since when each program is connected, by its name. */
  readonly connectedSinceMs: ReadonlyMap<string, number | undefined>
  /** How far the sink has written, by topic; undefined before its first start. */
  readonly sinkOffsets: ReadonlyMap<string, number> | undefined
  readonly counterOffset: number | undefined
}

export interface Slot {
  readonly active: boolean
  readonly status: string | null
  readonly retainedBytes: number | null
  readonly decodedBytes: number
  readonly decodedTransactions: number
}

/** Asks Postgres what it knows. @throws Problem when it is down. */
export async function readDatabase(database: Database): Promise<DatabaseState> {
  return database.withClient(async (client) => {
    const rows = async <R extends object>(text: string): Promise<R[]> => (await client.query<R>(text)).rows
    // Tables that the sink or the counter has not made yet.
    const ifThere = async <R extends object>(text: string): Promise<R[] | undefined> =>
      rows<R>(text).catch((error: unknown) => {
        if (isState(error, UNDEFINED_TABLE)) return undefined
        throw error
      })
    const [server] = await rows<{ started_at: Date; wal_bytes: string; database_bytes: string }>(SERVER)
    const inserted = await rows<{ schemaname: string; relname: string; n_tup_ins: string }>(INSERTED)
    const slots = await rows<SlotRow>(SLOTS)
    const heartbeats = await rows<{ connector: string; age_seconds: number }>(HEARTBEATS)
    const programs = await rows<{ program: string; connected_since: Date | null }>(PROGRAMS)
    const sink = await ifThere<{ topic: string; next_offset: string }>(SINK)
    const counter = await ifThere<{ next_offset: string | null }>(COUNTER)
    const sum = (isIn: (schema: string) => boolean): number =>
      inserted
        .filter(({ schemaname }) => isIn(schemaname))
        // The parent of the outbox has no rows of its own; the connectors' heartbeats are no data.
        .filter(({ relname }) => relname !== 'connector_heartbeats')
        .reduce((total, { n_tup_ins }) => total + Number(n_tup_ins), 0)
    return {
      startedAtMs: server!.started_at.getTime(),
      walBytes: Number(server!.wal_bytes),
      databaseBytes: Number(server!.database_bytes),
      inserted: { platform: sum((schema) => schema !== 'analytics'), results: sum((schema) => schema === 'analytics') },
      slots: new Map(slots.map((slot) => [slot.slot_name, slotOf(slot)])),
      heartbeatAgeSeconds: new Map(heartbeats.map(({ connector, age_seconds }) => [connector, age_seconds])),
      connectedSinceMs: new Map(programs.map(({ program, connected_since }) => [program, connected_since?.getTime()])),
      sinkOffsets: sink && new Map(sink.map(({ topic, next_offset }) => [topic, Number(next_offset)])),
      counterOffset: counted(counter?.[0]?.next_offset),
    }
  })
}

const counted = (offset: string | null | undefined): number | undefined =>
  offset === null || offset === undefined ? undefined : Number(offset)

interface SlotRow {
  readonly slot_name: string
  readonly active: boolean
  readonly wal_status: string | null
  readonly retained_bytes: string | null
  readonly total_bytes: string | null
  readonly total_txns: string | null
}

const slotOf = ({ active, wal_status, retained_bytes, total_bytes, total_txns }: SlotRow): Slot => ({
  active,
  status: wal_status,
  retainedBytes: retained_bytes === null ? null : Number(retained_bytes),
  decodedBytes: Number(total_bytes ?? 0),
  decodedTransactions: Number(total_txns ?? 0),
})
