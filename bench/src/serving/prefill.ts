import { statfsSync } from 'node:fs'
import { OperatingError } from '@fintech-streams/service'
import { type Stack, withClient } from '@fintech-streams/local'
import { type Pairs, pairsSql } from './pairs.ts'

const ROWS_AT_ONCE = 2_000_000
/** Of the pairs this share has had a transfer today. */
const TODAY_SHARE = 0.1
/** Tables, indexes and what building them takes beside, measured; with as much again for the log. */
const BYTES_PER_PAIR = 600

export interface Sizes {
  readonly pairs: number
  readonly tableBytes: number
  readonly indexBytes: number
}

/** Fills the tables before the counter starts. @throws OperatingError when the disk has no room for them. */
export async function prefill(stack: Stack, pairs: Pairs, report: (line: string) => void): Promise<Sizes> {
  const { bavail, bsize } = statfsSync(stack.checkout)
  const needed = pairs.pairs * BYTES_PER_PAIR
  if (bavail * bsize < 2 * needed) {
    throw new OperatingError('bench_failed', `${pairs.pairs} pairs need ${(2 * needed) / 2 ** 30} GiB of free disk`)
  }
  return withClient(stack, 'fintech', async (client) => {
    await client.query(`set synchronous_commit = off; set maintenance_work_mem = '1GB'`)
    await client.query(`drop index serving.top_senders_by_amount, serving.top_senders_by_count;
      alter table serving.top_senders drop constraint top_senders_pkey`)
    const into = '(to_account_id, from_account_id, transaction_count, amount_minor)'
    for (let first = 0; first < pairs.pairs; first += ROWS_AT_ONCE) {
      const last = Math.min(pairs.pairs, first + ROWS_AT_ONCE)
      await client.query(`insert into serving.top_senders ${into} ${pairsSql(pairs, first, last)}`)
      report(`${last.toLocaleString('en-US')} pairs`)
    }
    await client.query(`alter table serving.top_senders add primary key (from_account_id, to_account_id);
      create index top_senders_by_amount on serving.top_senders (to_account_id, amount_power desc);
      create index top_senders_by_count on serving.top_senders (to_account_id, count_power desc)`)
    const { rows: days } = await client.query<{ day: string }>('select current_date::text as day')
    const day = days[0]!.day
    const partition = `serving.top_senders_daily_${day.replaceAll('-', '')}`
    await client.query(`create table ${partition} partition of serving.top_senders_daily
      for values from ('${day}') to (date '${day}' + 1);
      alter table ${partition} owner to counter`)
    await client.query(`insert into serving.top_senders_daily (day, to_account_id, from_account_id, transaction_count, amount_minor)
      select date '${day}', pair.* from (${pairsSql(pairs, 0, Math.floor(pairs.pairs * TODAY_SHARE))}) as pair`)
    await client.query('vacuum analyze serving.top_senders')
    await client.query('vacuum analyze serving.top_senders_daily')
    await client.query('checkpoint')
    const { rows } = await client.query<{ table_bytes: string; index_bytes: string }>(
      `select pg_table_size('serving.top_senders') as table_bytes, pg_indexes_size('serving.top_senders') as index_bytes`,
    )
    return { pairs: pairs.pairs, tableBytes: Number(rows[0]!.table_bytes), indexBytes: Number(rows[0]!.index_bytes) }
  })
}
