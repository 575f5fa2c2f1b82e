import { ADVISORY_LOCKS, HOUR_MS } from '@fintech-streams/contracts'
import { OwnerSession } from '@fintech-streams/postgres'
import type pg from 'pg'
import { type Batch, type PairSum, type Position } from './batch.ts'
import { DayPartitions } from './day-partitions.ts'
import { packIds } from './id-table.ts'

/** Groups of ids that one answer brings at the start. */
const GROUPS_AT_ONCE = 5_000

const ADD_DAILY = `insert into serving.top_senders_daily as pair (to_account_id, from_account_id, day, transaction_count, amount_minor)
  select to_account_id, from_account_id, $5::date, transaction_count, amount_minor
  from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
    as added (to_account_id, from_account_id, transaction_count, amount_minor)
  on conflict (to_account_id, from_account_id, day) do update set
    transaction_count = pair.transaction_count + excluded.transaction_count,
    amount_minor = pair.amount_minor + excluded.amount_minor`

const ADD_TOTALS = `insert into serving.top_senders as pair (to_account_id, from_account_id, transaction_count, amount_minor)
  select to_account_id, from_account_id, transaction_count, amount_minor
  from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
    as added (to_account_id, from_account_id, transaction_count, amount_minor)
  on conflict (from_account_id, to_account_id) do update set
    transaction_count = pair.transaction_count + excluded.transaction_count,
    amount_minor = pair.amount_minor + excluded.amount_minor`

const REMEMBER = `insert into serving.top_senders_counted (hour, partition, ids)
  select hour, partition, ids from unnest($1::timestamptz[], $2::integer[], $3::bytea[]) as counted (hour, partition, ids)`

const MOVE = `insert into serving.top_senders_positions
    (partition, topic_id, next_offset, as_of, latest_event_at, in_snapshot)
  select partition, topic_id, next_offset, as_of, latest_event_at, in_snapshot
  from unnest($1::integer[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::boolean[])
    as read (partition, topic_id, next_offset, as_of, latest_event_at, in_snapshot)
  on conflict (partition) do update set
    topic_id = excluded.topic_id, next_offset = excluded.next_offset, as_of = excluded.as_of,
    latest_event_at = excluded.latest_event_at, in_snapshot = excluded.in_snapshot`

interface PositionRow {
  partition: number
  topic_id: string
  next_offset: string
  as_of: Date
  latest_event_at: Date | null
  in_snapshot: boolean
}

/** The counts in Postgres. One session does everything, so nobody adds twice. */
export class CounterStore {
  readonly #session: OwnerSession
  readonly #client: pg.Client
  readonly #days: DayPartitions

  private constructor(session: OwnerSession, retentionDays: number) {
    this.#session = session
    this.#client = session.client
    this.#days = new DayPartitions(session.client, retentionDays)
  }

  static async connect(connection: pg.ClientConfig, retentionDays: number): Promise<CounterStore> {
    // A crash of the server may take back the last commits, positions included: they are then counted again.
    const options = '-c synchronous_commit=off'
    return new CounterStore(await OwnerSession.connect({ ...connection, options }, 'counter'), retentionDays)
  }

  /** @throws the reason when the session is gone, and with it the lock. */
  assertAlive(): void {
    this.#session.assertAlive()
  }

  /** Waits until no other counter holds the database. @returns false when the signal came first. */
  acquire(signal: AbortSignal, onWait: () => void): Promise<boolean> {
    return this.#session.acquire(ADVISORY_LOCKS.topSenders, signal, onWait)
  }

  /** Where counting goes on, by partition. */
  async positions(): Promise<Map<number, Position>> {
    const { rows } = await this.#client.query<PositionRow>(
      `select partition, topic_id, next_offset, as_of, latest_event_at, in_snapshot from serving.top_senders_positions`,
    )
    return new Map(
      rows.map((row) => [
        row.partition,
        {
          partition: row.partition,
          topicId: row.topic_id,
          nextOffset: Number(row.next_offset),
          asOfMs: row.as_of.getTime(),
          latestEventMs: row.latest_event_at?.getTime(),
          inSnapshot: row.in_snapshot,
        },
      ]),
    )
  }

  /** Shows every remembered group of ids. */
  async readCounted(onGroup: (partition: number, hourMs: number, packed: Buffer) => void): Promise<void> {
    await this.#client.query('begin')
    await this.#client.query(
      'declare counted no scroll cursor for select hour, partition, ids from serving.top_senders_counted',
    )
    for (;;) {
      const { rows } = await this.#client.query<{ hour: Date; partition: number; ids: Buffer }>(
        `fetch ${GROUPS_AT_ONCE} from counted`,
      )
      for (const { hour, partition, ids } of rows) onGroup(partition, hour.getTime(), ids)
      if (rows.length < GROUPS_AT_ONCE) break
    }
    await this.#client.query('commit')
  }

  /** Adds a batch and moves its positions, in one transaction. */
  async write(batch: Batch, todayMs: number): Promise<void> {
    const days = await this.#days.prepare([...batch.days.keys()], todayMs)
    await this.#client.query('begin')
    for (const [day, sums] of batch.days) {
      if (days.has(day)) await this.#add('daily', ADD_DAILY, sums, [day])
    }
    if (batch.totals.length > 0) await this.#add('totals', ADD_TOTALS, batch.totals)
    const { counted, positions } = batch
    if (counted.length > 0) {
      await this.#client.query({
        name: 'remember',
        text: REMEMBER,
        values: [
          counted.map(({ hourMs }) => new Date(hourMs)),
          counted.map(({ partition }) => partition),
          counted.map(({ ids }) => packIds(ids)),
        ],
      })
    }
    await this.#client.query({ name: 'move', text: MOVE, values: positionColumns(positions) })
    await this.#client.query('commit')
  }

  async #add(name: string, text: string, sums: readonly PairSum[], more: string[] = []): Promise<void> {
    const column = (value: (sum: PairSum) => string | number | bigint): string => `{${sums.map(value).join(',')}}`
    await this.#client.query({
      name,
      text,
      values: [
        column(({ toAccountId }) => toAccountId),
        column(({ fromAccountId }) => fromAccountId),
        column(({ count }) => count),
        column(({ amountMinor }) => amountMinor),
        ...more,
      ],
    })
  }

  /** Forgets a partition's ids of the hours that end at or before a time. */
  async forget(partition: number, timeMs: number): Promise<void> {
    await this.#client.query('delete from serving.top_senders_counted where partition = $1 and hour <= $2', [
      partition,
      new Date(timeMs - HOUR_MS),
    ])
  }

  /** Drops the days that are past their retention. */
  async dropDays(todayMs: number): Promise<void> {
    await this.#days.drop(todayMs)
  }

  async close(): Promise<void> {
    await this.#session.close()
  }
}

function positionColumns(positions: readonly Position[]): unknown[] {
  return [
    positions.map(({ partition }) => partition),
    positions.map(({ topicId }) => topicId),
    positions.map(({ nextOffset }) => nextOffset),
    positions.map(({ asOfMs }) => new Date(asOfMs)),
    positions.map(({ latestEventMs }) => (latestEventMs === undefined ? null : new Date(latestEventMs))),
    positions.map(({ inSnapshot }) => inSnapshot),
  ]
}
