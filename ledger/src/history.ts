import { OperatingError } from '@fintech-streams/service'
import { type ClientBase } from 'pg'

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
