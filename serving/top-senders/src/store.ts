import { ADVISORY_LOCKS, HOUR_MS } from '@fintech-streams/contracts'
import { PostgresStore, SingleWriterLock } from '@fintech-streams/postgres'
import { type Logger } from '@fintech-streams/service'
import type pg from 'pg'
import { type CounterBatch, type PairSum } from './batch.ts'
import { DayPartitions, todayOf } from './day-partitions.ts'
import { packIds } from './id-table.ts'
import { type CounterMetrics } from './metrics.ts'
import { type CounterState, PartitionCounter } from './partition-counter.ts'

/** Groups of ids that one answer brings at the start. */
const GROUPS_AT_ONCE = 5_000
const TIDY_EVERY_MS = HOUR_MS / 4

const ADD_DAILY = `insert into serving.top_senders_daily as pair (to_account_id, from_account_id, day, transaction_count, amount_minor)
  select to_account_id, from_account_id, $5::date, transaction_count, amount_minor
  from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::numeric[])
    as added (to_account_id, from_account_id, transaction_count, amount_minor)
  on conflict (to_account_id, from_account_id, day) do update set
    transaction_count = pair.transaction_count + excluded.transaction_count,
    amount_minor = pair.amount_minor + excluded.amount_minor`

const ADD_TOTALS = `insert into serving.top_senders as pair (to_account_id, from_account_id, transaction_count, amount_minor)
  select to_account_id, from_account_id, transaction_count, amount_minor
  from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::numeric[])
    as added (to_account_id, from_account_id, transaction_count, amount_minor)
  on conflict (from_account_id, to_account_id) do update set
    transaction_count = pair.transaction_count + excluded.transaction_count,
    amount_minor = pair.amount_minor + excluded.amount_minor`

const REMEMBER = `insert into serving.top_senders_counted (hour, partition, ids)
  select hour, partition, ids from unnest($1::timestamptz[], $2::integer[], $3::bytea[]) as counted (hour, partition, ids)`

const NOTE_STATES = `update serving.top_senders_positions as at set
    as_of = known.as_of, latest_event_at = known.latest_event_at, in_snapshot = known.in_snapshot
  from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::boolean[])
    as known (partition, as_of, latest_event_at, in_snapshot)
  where at.partition = known.partition`

interface StateRow {
  partition: number
  as_of: Date
  latest_event_at: Date | null
  in_snapshot: boolean
}

export interface CounterStoreOptions {
  readonly retentionDays: number
  readonly horizonMs: number
  readonly metrics: CounterMetrics
  readonly logger: Logger
}

/**
 * The counts in Postgres, exact: what a batch adds, the ids that must not be added again, and how far it has read are one
 * database transaction.
 */
export class CounterStore extends PostgresStore<CounterBatch> {
  readonly #options: CounterStoreOptions
  readonly #days: DayPartitions
  readonly #counters = new Map<number, PartitionCounter>()
  #tidiedMs = performance.now()

  private constructor(lock: SingleWriterLock, options: CounterStoreOptions) {
    super(lock, { name: 'counter', lockNumber: ADVISORY_LOCKS.topSenders, offsets: 'serving.top_senders_positions' })
    this.#options = options
    this.#days = new DayPartitions(this.client, options.retentionDays)
  }

  static async connect(connection: pg.ClientConfig, options: CounterStoreOptions): Promise<CounterStore> {
    // A crash of the server may take back the last commits, positions included: they are then counted again.
    const asynchronous = { ...connection, options: '-c synchronous_commit=off' }
    return new CounterStore(await SingleWriterLock.connect(asynchronous, 'counter'), options)
  }

  /** What is known of a partition: of one that nobody has counted yet, nothing. */
  counterOf(partition: number): PartitionCounter {
    let counter = this.#counters.get(partition)
    if (counter === undefined) {
      const state = { partition, asOfMs: 0, latestEventMs: undefined, inSnapshot: true }
      this.#counters.set(partition, (counter = this.#counter(state)))
    }
    return counter
  }

  #counter(state: CounterState): PartitionCounter {
    const { horizonMs, metrics } = this.#options
    return new PartitionCounter(state, horizonMs, (reason) => metrics.skip(reason))
  }

  /** Takes up what is known of each partition, with the ids that were counted within the horizon. */
  protected override async prepare(): Promise<void> {
    const { rows } = await this.client.query<StateRow>(
      'select partition, as_of, latest_event_at, in_snapshot from serving.top_senders_positions',
    )
    for (const { partition, as_of, latest_event_at, in_snapshot: inSnapshot } of rows) {
      const state = { partition, asOfMs: as_of.getTime(), latestEventMs: latest_event_at?.getTime(), inSnapshot }
      this.#counters.set(partition, this.#counter(state))
    }
    await this.#readCounted()
    await this.#days.noteFirst(this.#todayMs)
    this.#options.logger.info({ remembered: this.#sum(({ ids }) => ids.size) }, 'ids of the horizon are read')
  }

  async #readCounted(): Promise<void> {
    await this.client.query('begin')
    await this.client.query(
      'declare counted no scroll cursor for select hour, partition, ids from serving.top_senders_counted',
    )
    for (;;) {
      const { rows } = await this.client.query<{ hour: Date; partition: number; ids: Buffer }>(
        `fetch ${GROUPS_AT_ONCE} from counted`,
      )
      for (const { hour, partition, ids } of rows) this.counterOf(partition).ids.addPacked(hour.getTime(), ids)
      if (rows.length < GROUPS_AT_ONCE) break
    }
    await this.client.query('commit')
  }

  get #todayMs(): number {
    const newest = [...this.#counters.values()].flatMap(({ state }) => state.latestEventMs ?? [])
    return todayOf(Date.now(), newest)
  }

  protected override async writeBatch({ days, totals, counted, states }: CounterBatch): Promise<void> {
    const kept = await this.#days.prepare([...days.keys()], this.#todayMs)
    for (const [day, sums] of days) if (kept.has(day)) await this.#add('daily', ADD_DAILY, sums, [day])
    if (totals.length > 0) await this.#add('totals', ADD_TOTALS, totals)
    if (counted.length > 0) {
      await this.client.query({
        name: 'remember',
        text: REMEMBER,
        values: [
          counted.map(({ hourMs }) => new Date(hourMs)),
          counted.map(({ partition }) => partition),
          counted.map(({ ids }) => packIds(ids)),
        ],
      })
    }
    await this.client.query({
      name: 'states',
      text: NOTE_STATES,
      values: [
        states.map(({ partition }) => partition),
        states.map(({ asOfMs }) => new Date(asOfMs)),
        states.map(({ latestEventMs }) => (latestEventMs === undefined ? null : new Date(latestEventMs))),
        states.map(({ inSnapshot }) => inSnapshot),
      ],
    })
  }

  async #add(name: string, text: string, sums: readonly PairSum[], more: string[] = []): Promise<void> {
    const column = (value: (sum: PairSum) => string | number | bigint): string => `{${sums.map(value).join(',')}}`
    await this.client.query({
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

  protected override written({ transfers, changedAtMs }: CounterBatch): void {
    const { metrics } = this.#options
    metrics.transfers.inc(transfers)
    metrics.rememberedIds.set(this.#sum(({ ids }) => ids.size))
    metrics.rememberedBytes.set(this.#sum(({ ids }) => ids.bytes))
    const nowMs = Date.now()
    for (const atMs of changedAtMs) metrics.freshnessSeconds.observe(Math.max(0, nowMs - atMs) / 1_000)
  }

  #sum(of: (counter: PartitionCounter) => number): number {
    return this.#counters.values().reduce((sum, counter) => sum + of(counter), 0)
  }

  /** From time to time: forgets ids that are past the horizon, and drops days that are past their retention. */
  async maintain(): Promise<boolean> {
    if (performance.now() - this.#tidiedMs < TIDY_EVERY_MS) return false
    this.#tidiedMs = performance.now()
    for (const counter of this.#counters.values()) {
      const forgottenMs = counter.forgottenMs(Date.now())
      if (forgottenMs === -Infinity) continue
      await this.client.query('delete from serving.top_senders_counted where partition = $1 and hour <= $2', [
        counter.state.partition,
        new Date(forgottenMs - HOUR_MS),
      ])
    }
    const left = await this.#days.drop(this.#todayMs)
    if (left > 0) {
      this.#options.logger.warn(
        { days: left },
        'days are past their retention: a few are dropped every quarter of an hour',
      )
    }
    return false
  }
}
