import { minutes, seconds } from '@fintech-streams/contracts'
import { OperatingError, type Samples } from '@fintech-streams/service'
import { type ClientBase } from 'pg'

/** What has to start before the generator does takes a part of this. */
const ANNOUNCED_MS = minutes(15)

/** A transaction of now that comes before the history makes the rest of it late: there has to be nobody else. */
export class HistoryUnderWay extends OperatingError {
  constructor() {
    super(
      'history_under_way',
      'history is still being written, which would be late after anything newer: try again later',
    )
  }
}

/** @throws HistoryUnderWay while somebody writes history, or has said that it is to come. */
export async function refuseDuringHistory(client: ClientBase): Promise<void> {
  const { rowCount } = await client.query('select from history_lease where until > now()')
  if (rowCount !== 0) throw new HistoryUnderWay()
}

/** The newest event time in the database, undefined when there is none. An old row's can be infinite: it says nothing. */
export async function newestEventMs(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ newest: Date | null }>(
    'select max(created_at) as newest from transactions where isfinite(created_at)',
  )
  return rows[0]?.newest?.getTime()
}

/** How far the watermark gets while the first transactions are on their way to the processor. */
const ON_THE_WAY_MS = seconds(30)

/**
 * How much of the history asked for is missing and still counts, in milliseconds before now. What is older than the
 * newest transaction is there; what the processor's watermark has passed would be late. The watermark of a processor that
 * ran while nobody wrote is at now: then nothing is to be written.
 * @param processor metrics of the processors; none while they have read nothing
 */
export function missingHistoryMs(
  askedMs: number,
  newestMs: number | undefined,
  processor: Samples,
  nowMs = Date.now(),
): number {
  if (newestMs === undefined) return askedMs
  const uncountedMs = processor
    .filter(({ name, labels }) => name === 'processor_watermark_delay_seconds' && labels['stage'] === 'source')
    .map(({ value }) => Math.floor(1_000 * value) - ON_THE_WAY_MS)
  return Math.max(0, Math.min(askedMs, nowMs - newestMs, ...uncountedMs))
}

/** Says that history is to come: nobody else may write until it is there, or for this long. */
export async function announceHistory(client: ClientBase): Promise<void> {
  await leaseHistory(client, ANNOUNCED_MS)
}

/** Keeps everybody else from writing for this long; said again, it is from then on. */
export async function leaseHistory(client: ClientBase, forMs: number): Promise<void> {
  await client.query(
    `insert into history_lease (until) values (now() + $1 * interval '1 millisecond')
     on conflict (only_row) do update set until = excluded.until`,
    [forMs],
  )
}

/** Lets everybody write. */
export async function endHistory(client: ClientBase): Promise<void> {
  await client.query('delete from history_lease')
}
