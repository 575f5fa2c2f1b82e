import { copyRows, insertChanges } from '@fintech-streams/ledger'
import { inTransaction } from '@fintech-streams/postgres'
import { type ClientBase } from 'pg'
import { type Batch } from '../model/stream.ts'
import { quoteRow, sessionRow } from './rows.ts'

/**
 * Writes a batch in one database transaction, or nothing of it.
 * @throws like `insertChanges`, after a rollback.
 */
export async function writeBatch(client: ClientBase, { changes, sessions, quotes }: Batch): Promise<void> {
  await inTransaction(client, async () => {
    await copyRows(client, 'customer_sessions', sessions.map(sessionRow))
    if (quotes.length > 0) {
      // A restart within the minute has the minute's prices already.
      await client.query(
        'insert into market_data select q.* from jsonb_populate_recordset(null::market_data, $1) q on conflict do nothing',
        [JSON.stringify(quotes.map(quoteRow))],
      )
    }
    await insertChanges(client, changes)
  })
}
