import { formatInstant, formatMinor, parseMinor } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'
import { type Change } from '../model/records.ts'
import { type Batch } from '../model/stream.ts'
import { copyRows } from './copy.ts'
import {
  alertRow,
  balanceRow,
  contextFields,
  eventRow,
  labelRow,
  quoteRow,
  type Row,
  sessionRow,
  transactionRow,
} from './rows.ts'

/**
 * Writes a batch in one database transaction: all of its transactions, each with its outbox events, its balance rows,
 * its accounts' new balances, its alert and its label, or nothing. Accounts are locked in the order of their ids, so
 * writers never block each other for good.
 *
 * @throws the database's error, after a rollback; a unique violation (23505) when a transaction is already there; a
 *   RangeError for an account that is not there, or a balance beyond the safe range.
 */
export async function writeBatch(client: ClientBase, batch: Batch): Promise<void> {
  await client.query('begin')
  try {
    await insertBatch(client, batch)
    await client.query('commit')
  } catch (error) {
    // On a broken connection the server rolls back by itself.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function insertBatch(client: ClientBase, { changes, sessions, quotes }: Batch): Promise<void> {
  const events: Row[] = []
  const transactions = changes.map((change): Row => {
    const row = transactionRow(change.transaction)
    events.push(
      eventRow('transaction', row.transaction_id, 'transaction_created', change.eventId, {
        ...row,
        ...contextFields(change.context),
      }),
    )
    return row
  })
  await copyRows(client, 'transactions', transactions)
  await copyRows(
    client,
    'fraud_alerts',
    changes.flatMap((change) => alertRows(change, events)),
  )
  await copyRows(client, 'fraud_labels', changes.filter(({ typology }) => typology !== null).map(labelRow))
  await copyRows(client, 'customer_sessions', sessions.map(sessionRow))
  if (quotes.length > 0) {
    // A restart within the minute has the minute's prices already.
    await client.query(
      'insert into market_data select q.* from jsonb_populate_recordset(null::market_data, $1) q on conflict do nothing',
      [JSON.stringify(quotes.map(quoteRow))],
    )
  }
  // Last, so that the accounts are locked for the shortest time.
  await copyRows(client, 'account_balances', await post(client, changes, events))
  await copyRows(client, 'outbox', events)
}

function alertRows({ transaction, alert }: Change, events: Row[]): Row[] {
  if (alert === null) return []
  const row = alertRow(alert, transaction)
  events.push(eventRow('fraud_alert', row.alert_id, 'fraud_alert_raised', alert.eventId, row))
  return [row]
}

/** Changes the balances of all accounts of the batch, and returns what to record about each posting, in order. */
async function post(client: ClientBase, changes: readonly Change[], events: Row[]): Promise<Row[]> {
  const accountIds = [...new Set(changes.flatMap(({ postings }) => postings.map(({ accountId }) => accountId)))]
  if (accountIds.length === 0) return []
  const balances = await lockBalances(client, accountIds)
  const changedAtMs = new Map<string, number>()
  const rows: Row[] = []
  for (const { transaction, postings } of changes) {
    for (const posting of postings) {
      const { accountId, currency, deltaMinor } = posting
      const balanceMinor = (balances.get(accountId) ?? 0) + deltaMinor
      if (!Number.isSafeInteger(balanceMinor))
        throw new RangeError(`the balance of account ${accountId} is out of range`)
      balances.set(accountId, balanceMinor)
      if (deltaMinor !== 0) changedAtMs.set(accountId, transaction.createdAtMs)
      const row = balanceRow(posting, transaction, balanceMinor)
      rows.push(row)
      const { account_id, transaction_id, balance, available_balance } = row
      events.push(
        eventRow('account', accountId, 'account_balance_changed', posting.eventId, {
          account_id,
          transaction_id,
          balance,
          available_balance,
          currency,
          changed_by: formatMinor(deltaMinor),
        }),
      )
    }
  }
  const changed = [...changedAtMs.keys()]
  await client.query(
    `update accounts a set balance = c.balance, updated_at = greatest(a.updated_at, c.at)
     from unnest($1::uuid[], $2::numeric[], $3::timestamptz[]) as c (account_id, balance, at)
     where a.account_id = c.account_id`,
    [
      changed,
      changed.map((id) => formatMinor(balances.get(id) as number)),
      [...changedAtMs.values()].map(formatInstant),
    ],
  )
  return rows
}

async function lockBalances(client: ClientBase, accountIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ account_id: string; balance: string }>(
    'select account_id, balance from accounts where account_id = any($1::uuid[]) order by account_id for no key update',
    [accountIds],
  )
  const balances = new Map(rows.map((row) => [row.account_id, parseMinor(row.balance)]))
  const missing = accountIds.find((id) => !balances.has(id))
  if (missing !== undefined) throw new RangeError(`there is no account ${missing}`)
  return balances
}
