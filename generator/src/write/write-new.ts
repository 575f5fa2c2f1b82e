import { type ClientBase } from 'pg'
import { type Change } from '../model/records.ts'
import { isUniqueViolation } from './connection.ts'
import { writeBatch } from './write-batch.ts'

/** Another writer can take an id between the look and the insert; each time one is known that was not before. */
const ATTEMPTS_MAX = 5

/**
 * Writes those changes whose transaction is not there yet, in one database transaction, and leaves out the others: the
 * same change written again has no effect. Within `changes` each id must occur once.
 *
 * @returns the ids of the transactions that were there already.
 * @throws the database's error, after a rollback; nothing is written then.
 */
export async function writeNew(client: ClientBase, changes: readonly Change[]): Promise<Set<string>> {
  for (let attempt = 1; ; attempt += 1) {
    const known = await knownTransactions(client, changes)
    const fresh = changes.filter(({ transaction }) => !known.has(transaction.transactionId))
    if (fresh.length === 0) return known
    try {
      await writeBatch(client, { changes: fresh, sessions: [], quotes: [] })
      return known
    } catch (error) {
      if (!isUniqueViolation(error) || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

async function knownTransactions(client: ClientBase, changes: readonly Change[]): Promise<Set<string>> {
  const { rows } = await client.query<{ transaction_id: string }>(
    'select transaction_id from transactions where transaction_id = any($1::uuid[])',
    [changes.map(({ transaction }) => transaction.transactionId)],
  )
  return new Set(rows.map((row) => row.transaction_id))
}
