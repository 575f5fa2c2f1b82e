import { DAY_MS } from '@fintech-streams/contracts'
import { isState, LOCK_NOT_AVAILABLE } from '@fintech-streams/postgres'
import { type Client } from 'pg'
import { dayOf } from './batch.ts'

/** Queries of long-running readers may hold a partition; then dropping it is tried again later. */
const DROP_LOCK_MS = 1_000
const DAY_PARTITION = /^top_senders_daily_(\d{4})(\d\d)(\d\d)$/

/** The partitions of `serving.top_senders_daily`: one a UTC day, those of the retention. */
export class DayPartitions {
  readonly #client: Client
  readonly #retentionDays: number
  readonly #known = new Set<string>()

  constructor(client: Client, retentionDays: number) {
    this.#client = client
    this.#retentionDays = retentionDays
  }

  /** The first day that is kept, seen from today. */
  firstDay(todayMs: number): string {
    return dayOf(todayMs - (this.#retentionDays - 1) * DAY_MS)
  }

  /** Makes the missing partitions. @returns those of the days that are kept. */
  async prepare(days: readonly string[], todayMs: number): Promise<Set<string>> {
    const first = this.firstDay(todayMs)
    const kept = days.filter((day) => day >= first)
    for (const day of kept) if (!this.#known.has(day)) await this.#create(day)
    return new Set(kept)
  }

  /** Made apart and attached, which no reader has to wait for, unlike `create table … partition of`. */
  async #create(day: string): Promise<void> {
    const name = `serving.top_senders_daily_${day.replaceAll('-', '')}`
    const { rows } = await this.#client.query<{ found: string | null }>('select to_regclass($1)::text as found', [name])
    if (rows[0]?.found === null) {
      const end = dayOf(Date.parse(day) + DAY_MS)
      await this.#client.query(`begin;
        create table ${name} (like serving.top_senders_daily including all) with (fillfactor = 90);
        alter table serving.top_senders_daily attach partition ${name} for values from ('${day}') to ('${end}');
        commit`)
    }
    this.#known.add(day)
  }

  /** Drops the days before the first that is kept, and writes down which that is, for readers. */
  async drop(todayMs: number): Promise<void> {
    const first = this.firstDay(todayMs)
    await this.#client.query(
      `insert into serving.top_senders_retention as kept (first_day) values ($1)
       on conflict (only_row) do update set first_day = excluded.first_day where kept.first_day <> excluded.first_day`,
      [first],
    )
    const { rows } = await this.#client.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'serving.top_senders_daily'::regclass`,
    )
    for (const { name } of rows) {
      const [, year, month, date] = DAY_PARTITION.exec(name) ?? []
      const day = `${year}-${month}-${date}`
      if (year === undefined || day >= first) continue
      this.#known.delete(day)
      await this.#dropTable(name)
    }
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
