import { type TopicPosition } from '@fintech-streams/records'
import type pg from 'pg'

interface OffsetRow {
  readonly topic: string
  readonly partition: number
  readonly topic_id: string
  readonly next_offset: string
  readonly leader_epoch: number | null
}

/** What a table of offsets has; whoever makes one may add columns that have defaults. */
export const OFFSET_COLUMNS = `topic text not null, partition integer not null, topic_id text not null,
  next_offset bigint not null, leader_epoch integer, committed_at timestamptz(3) not null default now(),
  primary key (topic, partition)`

/** How far a consumer has read, in a table of its own, written in the database transaction of what it has read. */
export class OffsetStore {
  readonly #client: pg.ClientBase
  readonly #table: string

  /** @param table with its schema; it has {@link OFFSET_COLUMNS}. */
  constructor(client: pg.ClientBase, table: string) {
    this.#client = client
    this.#table = table
  }

  async read(): Promise<TopicPosition[]> {
    const { rows } = await this.#client.query<OffsetRow>(
      `select topic, partition, topic_id, next_offset, leader_epoch from ${this.#table}`,
    )
    return rows.map((row) => ({
      topic: row.topic,
      partition: row.partition,
      topicId: row.topic_id,
      offset: Number(row.next_offset),
      leaderEpoch: row.leader_epoch,
    }))
  }

  async write(positions: readonly TopicPosition[]): Promise<void> {
    await this.#client.query({
      name: 'write_offsets',
      text: `insert into ${this.#table} (topic, partition, topic_id, next_offset, leader_epoch, committed_at)
        select topic, partition, topic_id, next_offset, leader_epoch, now()
        from unnest($1::text[], $2::integer[], $3::text[], $4::bigint[], $5::integer[])
          as read (topic, partition, topic_id, next_offset, leader_epoch)
        on conflict (topic, partition) do update set
          topic_id = excluded.topic_id, next_offset = excluded.next_offset,
          leader_epoch = excluded.leader_epoch, committed_at = excluded.committed_at`,
      values: [
        positions.map(({ topic }) => topic),
        positions.map(({ partition }) => partition),
        positions.map(({ topicId }) => topicId),
        positions.map(({ offset }) => offset),
        positions.map(({ leaderEpoch }) => leaderEpoch),
      ],
    })
  }
}
