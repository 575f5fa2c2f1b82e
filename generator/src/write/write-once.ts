import { isState, UNIQUE_VIOLATION } from '@fintech-streams/postgres'
import { OperatingError } from '@fintech-streams/service'
import { type ClientBase } from 'pg'
import { type Batch } from '../model/stream.ts'
import { type SteadyConnection } from './steady-connection.ts'
import { writeBatch } from './write-batch.ts'

/**
 * Returns when the batch is committed, once, whatever happened to the connection meanwhile. Batches written one after
 * the other over one connection are committed in that order, which is the order of event time.
 *
 * @throws OperatingError when the database stays away, or has these rows from an earlier run.
 */
export async function writeOnce(connection: SteadyConnection, batch: Batch): Promise<void> {
  await connection.run(`${batch.changes.length} transactions`, async (client, isRetry) => {
    // A commit whose answer was lost may have happened: a batch is there whole or not at all.
    if (isRetry && (await isWritten(client, batch))) return
    try {
      await writeBatch(client, batch)
    } catch (error) {
      if (!isState(error, UNIQUE_VIOLATION)) throw error
      // The server may have committed after all, between the look and the second try.
      if (!isRetry || !(await isWritten(client, batch))) throw alreadyWritten(error)
    }
  })
}

async function isWritten(client: ClientBase, { changes: [change], sessions: [session] }: Batch): Promise<boolean> {
  const [sql, id] =
    change === undefined
      ? ['select from customer_sessions where session_id = $1', session?.sessionId]
      : ['select from transactions where transaction_id = $1', change.transaction.transactionId]
  const { rowCount } = await client.query(sql, [id])
  return rowCount !== 0
}

function alreadyWritten(cause: unknown): OperatingError {
  return new OperatingError(
    'already_written',
    'the database has these transactions already: this seed and start time have run before; choose another --seed',
    cause,
  )
}
