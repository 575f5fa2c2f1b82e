import { ADVISORY_LOCKS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { PostgresStore, SingleWriterLock } from '@fintech-streams/postgres'
import { type Logger } from '@fintech-streams/service'
import type pg from 'pg'
import { type LakeRow } from '../lake/tables.ts'
import { type CommittedTransaction, type IndexBatch } from './batch.ts'
import { type IndexStreamMetrics } from './metrics.ts'

const OFFSETS = 'reconciliation.index_offsets'
/** Of the ids that are old enough to be forgotten, in one step of maintenance. */
const FORGOTTEN_MAX = 20_000
/** A transaction counts once within this time, whatever Connect sends again; an older one of a new snapshot was counted. */
const MEMORY = `interval '24 hours'`
/** The clock of a sender, or of Postgres, may be ahead: neither makes what others do old. */
const NEWEST = `(select least(max(committed_at), now()) from reconciliation.ops_counted)`

const COUNT_TRANSACTIONS = `
  with read as (
    select * from jsonb_to_recordset($1::jsonb) as n (transaction_id uuid, committed_at timestamptz,
      event_time timestamptz, status text, latency_ms bigint, origin text)
  ), counted as (
    insert into reconciliation.ops_counted (transaction_id, committed_at)
    select transaction_id, committed_at from read
    where origin <> 'snapshot' or event_time >= ${NEWEST} - ${MEMORY}
    on conflict do nothing returning transaction_id
  ), added as (
    insert into reconciliation.ops_index as o (minute, business_date, transaction_count, completed_count, pending_count,
      failed_count, declined_count, malformed_count, verdict_count, latency_sum_ms, latency_max_ms)
    select minute, (minute at time zone 'UTC')::date, count(*), count(*) filter (where status = 'COMPLETED'),
      count(*) filter (where status = 'PENDING'), count(*) filter (where status = 'FAILED'),
      count(*) filter (where status = 'DECLINED'), 0, 0, sum(latency_ms), max(latency_ms)
    from (select date_trunc('minute', committed_at, 'UTC') as minute, status, latency_ms
      from read join counted using (transaction_id)) as transactions
    group by minute order by minute
    on conflict (minute) do update set
      transaction_count = o.transaction_count + excluded.transaction_count,
      completed_count = o.completed_count + excluded.completed_count,
      pending_count = o.pending_count + excluded.pending_count,
      failed_count = o.failed_count + excluded.failed_count,
      declined_count = o.declined_count + excluded.declined_count,
      latency_sum_ms = o.latency_sum_ms + excluded.latency_sum_ms,
      latency_max_ms = greatest(o.latency_max_ms, excluded.latency_max_ms),
      updated_at = now()
  )
  select count(*)::int as counted from counted`

const ADD_MINUTES = `
  insert into reconciliation.ops_index as o (minute, business_date, transaction_count, completed_count, pending_count,
    failed_count, declined_count, malformed_count, verdict_count, latency_sum_ms, latency_max_ms)
  select minute, (minute at time zone 'UTC')::date, 0, 0, 0, 0, 0, malformed_count, verdict_count, 0, 0
  from jsonb_to_recordset($1::jsonb) as n (minute timestamptz, malformed_count bigint, verdict_count bigint)
  on conflict (minute) do update set
    malformed_count = o.malformed_count + excluded.malformed_count,
    verdict_count = o.verdict_count + excluded.verdict_count,
    updated_at = now()`

// The transaction's own row says what a verdict does not: it was committed before its change was ever judged.
const UPSERT_VERDICTS = `
  insert into reconciliation.fraud_index as f (transaction_id, business_date, event_time, customer_id, account_id,
    merchant_id, transaction_type, channel, country, status, amount_usd, verdict, fraud_score, evidence, rule_version)
  select v.transaction_id, v.event_date, v.event_time, v.customer_id, v.account_id, t.merchant_id, t.transaction_type,
    t.channel, t.transaction_location ->> 'country', t.status, v.amount_usd, v.verdict, v.fraud_score,
    v.evidence::jsonb, v.rule_version
  from jsonb_to_recordset($1::jsonb) as v (transaction_id uuid, event_date date, event_time timestamptz,
    customer_id uuid, account_id uuid, amount_usd numeric, verdict text, fraud_score double precision, evidence text,
    rule_version text)
  left join public.transactions t on t.transaction_id = v.transaction_id
  on conflict (transaction_id) do update set
    business_date = excluded.business_date,
    event_time = excluded.event_time,
    verdict = excluded.verdict,
    fraud_score = excluded.fraud_score,
    evidence = excluded.evidence,
    rule_version = excluded.rule_version`

const FORGET = `
  delete from reconciliation.ops_counted where ctid = any (array(
    select ctid from reconciliation.ops_counted where committed_at < ${NEWEST} - ${MEMORY}
    order by committed_at limit ${FORGOTTEN_MAX}))`

/** fraud_index and ops_index in Postgres. A verdict replaces what is there; a transaction is counted once. */
export class IndexStore extends PostgresStore<IndexBatch> {
  readonly #metrics: IndexStreamMetrics
  readonly #logger: Logger
  /** Partitions of the transactions of which more than a first snapshot has come. */
  readonly #changed = new Set<number>()

  private constructor(lock: SingleWriterLock, metrics: IndexStreamMetrics, logger: Logger) {
    super(lock, { name: 'index stream', lockNumber: ADVISORY_LOCKS.indexStream, offsets: OFFSETS })
    this.#metrics = metrics
    this.#logger = logger
  }

  static async connect(connection: pg.ClientConfig, metrics: IndexStreamMetrics, logger: Logger): Promise<IndexStore> {
    return new IndexStore(await SingleWriterLock.connect(connection, 'reconciliation-indexes'), metrics, logger)
  }

  hasChanged(partition: number): boolean {
    return this.#changed.has(partition)
  }

  protected override async prepare(): Promise<void> {
    const { rows } = await this.client.query<{ partition: number }>(
      `select partition from ${OFFSETS} where topic = $1 and not in_snapshot`,
      [TRANSACTIONS_TOPIC],
    )
    for (const { partition } of rows) this.#changed.add(partition)
  }

  protected override async writeBatch({ transactions, minutes, suspicious, changed }: IndexBatch): Promise<void> {
    await this.writeRows(
      transactions,
      (rows) => this.#count(rows),
      (row, detail) => this.#refused(row.transaction_id, detail),
    )
    if (minutes.length > 0) await this.client.query(ADD_MINUTES, [JSON.stringify(minutes)])
    await this.writeRows(
      suspicious,
      async (rows: readonly LakeRow[]) => void (await this.client.query(UPSERT_VERDICTS, [JSON.stringify(rows)])),
      (row, detail) => this.#refused(row['transaction_id'], detail),
    )
    if (changed.size === 0) return
    const text = `update ${OFFSETS} set in_snapshot = false where topic = $1 and partition = any($2)`
    await this.client.query(text, [TRANSACTIONS_TOPIC, [...changed]])
    for (const partition of changed) this.#changed.add(partition)
  }

  async #count(rows: readonly CommittedTransaction[]): Promise<void> {
    const result = await this.client.query<{ counted: number }>(COUNT_TRANSACTIONS, [JSON.stringify(rows)])
    const before = rows.length - (result.rows[0]?.counted ?? 0)
    if (before > 0) this.#metrics.skipped.inc({ reason: 'counted_before' }, before)
  }

  #refused(transactionId: unknown, detail: string): void {
    this.#metrics.skipped.inc({ reason: 'refused_by_postgres' })
    this.#logger.warn({ transactionId, detail }, 'a record that Postgres refuses is in no index')
  }

  /** Forgets ids that nobody sends again. @returns whether there are more. */
  async maintain(): Promise<boolean> {
    const { rowCount } = await this.client.query(FORGET)
    return rowCount === FORGOTTEN_MAX
  }
}
