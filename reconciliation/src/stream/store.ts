import { ADVISORY_LOCKS } from '@fintech-streams/contracts'
import { OwnerSession } from '@fintech-streams/postgres'
import type pg from 'pg'
import { type LakePosition } from '../lake/manifest.ts'
import { type IndexBatch } from './batch.ts'

const UPSERT_MINUTES = `
  insert into reconciliation.ops_index as o (minute, business_date, transaction_count, completed_count, pending_count,
    failed_count, declined_count, malformed_count, verdict_count, latency_sum_ms, latency_max_ms)
  select minute, (minute at time zone 'UTC')::date, transaction_count, completed_count, pending_count, failed_count,
    declined_count, malformed_count, verdict_count, latency_sum_ms, latency_max_ms
  from jsonb_to_recordset($1::jsonb) as n (minute timestamptz, transaction_count bigint, completed_count bigint,
    pending_count bigint, failed_count bigint, declined_count bigint, malformed_count bigint, verdict_count bigint,
    latency_sum_ms bigint, latency_max_ms bigint)
  on conflict (minute) do update set
    transaction_count = o.transaction_count + excluded.transaction_count,
    completed_count = o.completed_count + excluded.completed_count,
    pending_count = o.pending_count + excluded.pending_count,
    failed_count = o.failed_count + excluded.failed_count,
    declined_count = o.declined_count + excluded.declined_count,
    malformed_count = o.malformed_count + excluded.malformed_count,
    verdict_count = o.verdict_count + excluded.verdict_count,
    latency_sum_ms = o.latency_sum_ms + excluded.latency_sum_ms,
    latency_max_ms = greatest(o.latency_max_ms, excluded.latency_max_ms),
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

const UPSERT_OFFSETS = `
  insert into reconciliation.index_offsets as o (topic, partition, topic_id, next_offset)
  select topic, partition, "topicId", "offset"
  from jsonb_to_recordset($1::jsonb) as n (topic text, partition integer, "topicId" text, "offset" bigint)
  on conflict (topic, partition) do update set topic_id = excluded.topic_id, next_offset = excluded.next_offset`

/**
 * fraud_index and ops_index in Postgres. One session does everything; rows and offsets are one database transaction, so a
 * count is never added twice.
 */
export class IndexStore {
  readonly #session: OwnerSession
  readonly #client: pg.Client

  private constructor(session: OwnerSession) {
    this.#session = session
    this.#client = session.client
  }

  static async connect(connection: pg.ClientConfig): Promise<IndexStore> {
    return new IndexStore(await OwnerSession.connect(connection, 'reconciliation-indexes'))
  }

  /** @throws the reason when the session is gone, and with it the lock. */
  assertAlive(): void {
    this.#session.assertAlive()
  }

  /** Waits until nobody else writes the indexes. @returns false when the signal came first. */
  acquire(signal: AbortSignal, onWait: () => void): Promise<boolean> {
    return this.#session.acquire(ADVISORY_LOCKS.indexStream, signal, onWait)
  }

  /** Where reading goes on. */
  async positions(): Promise<LakePosition[]> {
    const { rows } = await this.#client.query<{
      topic: string
      partition: number
      topic_id: string
      next_offset: string
    }>('select topic, partition, topic_id, next_offset from reconciliation.index_offsets')
    return rows.map(({ topic, partition, topic_id, next_offset }) => ({
      topic,
      partition,
      topicId: topic_id,
      offset: Number(next_offset),
      maxEventTimeMs: null,
    }))
  }

  /** Rows and offsets, all or nothing. */
  async write({ minutes, suspicious, positions }: IndexBatch): Promise<void> {
    await this.#client.query('begin')
    try {
      if (minutes.length > 0) await this.#client.query(UPSERT_MINUTES, [JSON.stringify(minutes)])
      if (suspicious.length > 0) await this.#client.query(UPSERT_VERDICTS, [JSON.stringify(suspicious)])
      await this.#client.query(UPSERT_OFFSETS, [JSON.stringify(positions)])
      await this.#client.query('commit')
    } catch (error) {
      await this.#client.query('rollback').catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#session.close()
  }
}
