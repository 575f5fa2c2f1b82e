import { DAY_MS } from '@fintech-streams/contracts'
import { isState, LOCK_NOT_AVAILABLE } from '@fintech-streams/postgres'
import { dayOf } from './batch.ts'

/** Queries of long-running readers may hold a partition; then dropping it is tried again later. */
const DROP_LOCK_MS = 1_000
/** Days past their retention that are dropped at once, at most: with a wrong clock, somebody can still notice. */
const DROPPED_AT_ONCE_MAX = 3
const DAY_PARTITION = /^top_senders_daily_(\d{4})(\d\d)(\d\d)$/

/** What it needs of a session with Postgres. */
interface Queries {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/** The partitions of `serving.top_senders_daily`: one a UTC day, those of the retention. */
export class DayPartitions {
  readonly #client: Queries
  readonly #retentionDays: number
  readonly #known = new Set<string>()

  constructor(client: Queries, retentionDays: number) {
    this.#client = client
    this.#retentionDays = retentionDays
  }

  /** The first day that is kept, seen from today. */
  firstDay(todayMs: number): string {
    return dayOf(todayMs - (this.#retentionDays - 1) * DAY_MS)
  }

  /** Makes the missing partitions, in the transaction that writes to them. @returns those of the days that are kept. */
  async prepare(days: readonly string[], todayMs: number): Promise<Set<string>> {
    const first = this.firstDay(todayMs)
    const kept = days.filter((day) => day >= first)
    for (const day of kept) if (!this.#known.has(day)) await this.#create(day)
    return new Set(kept)
  }

  /** Made apart and attached, which no reader has to wait for, unlike `create table … partition of`. */
  async #create(day: string): Promise<void> {
    const name = `serving.top_senders_daily_${day.replaceAll('-', '')}`
    const { rows } = await this.#client.query('select to_regclass($1)::text as found', [name])
    if (rows[0]?.['found'] === null) {
      const end = dayOf(Date.parse(day) + DAY_MS)
      await this.#client
        .query(`create table ${name} (like serving.top_senders_daily including all) with (fillfactor = 90);
        alter table serving.top_senders_daily attach partition ${name} for values from ('${day}') to ('${end}')`)
    }
    this.#known.add(day)
  }

  /** Writes down which is the first day that is kept, for readers. */
  async noteFirst(todayMs: number): Promise<void> {
    await this.#client.query(
      `insert into serving.top_senders_retention as kept (first_day) values ($1)
       on conflict (only_row) do update set first_day = excluded.first_day where kept.first_day <> excluded.first_day`,
      [this.firstDay(todayMs)],
    )
  }

  /** Drops the oldest of the days before the first that is kept. @returns how many there are still. */
  async drop(todayMs: number): Promise<number> {
    await this.noteFirst(todayMs)
    const first = this.firstDay(todayMs)
    const { rows } = await this.#client.query(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'serving.top_senders_daily'::regclass`,
    )
    const past = pastDays(
      rows.map(({ name }) => String(name)),
      first,
    )
    for (const { name, day } of past.slice(0, DROPPED_AT_ONCE_MAX)) {
      this.#known.delete(day)
      await this.#dropTable(name)
    }
    return Math.max(0, past.length - DROPPED_AT_ONCE_MAX)
  }

  async #dropTable(name: string): Promise<void> {
    await this.#client.query(`set lock_timeout = ${DROP_LOCK_MS}`)
    try {
      await this.#client.query(`drop table serving.${name}`)
    } catch (error) {
      if (!isState(error, LOCK_NOT_AVAILABLE)) throw error
    } finally {
      await this.#client.query('reset lock_timeout')
    }
  }
}

/** Today by the wall clock and by the newest events, whichever is earlier: one that is ahead must not make days old. */
export function todayOf(nowMs: number, newestEventsMs: readonly number[]): number {
  return newestEventsMs.length === 0 ? nowMs : Math.min(nowMs, Math.max(...newestEventsMs))
}

/** Those of the tables that hold a day before the first that is kept, the oldest first. */
export function pastDays(tables: readonly string[], firstDay: string): { name: string; day: string }[] {
  return [...tables].sort().flatMap((name) => {
    const [, year, month, date] = DAY_PARTITION.exec(name) ?? []
    const day = `${year}-${month}-${date}`
    return year === undefined || day >= firstDay ? [] : [{ name, day }]
  })
}
