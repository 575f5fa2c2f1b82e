import { formatInstant, formatMinor, MoneyError, parseMinor } from '@fintech-streams/contracts'
import { inTransaction, isState, UNIQUE_VIOLATION } from '@fintech-streams/postgres'
import { type ClientBase } from 'pg'
import { copyRows } from './copy.ts'
import { eventIdOf } from './ids.ts'
import { type Change } from './records.ts'
import { alertRow, balanceRow, contextFields, eventRow, labelRow, type Row, transactionRow } from './rows.ts'

/**
 * Inserts transactions in the caller's database transaction, each with its outbox events, its balance rows, its accounts'
 * new balances, its alert and its label. Accounts are locked in the order of their ids, so writers never block each other
 * for good, and last, so it is for the shortest time: nothing should follow but the commit.
 *
 * @throws the database's error; a unique violation when a transaction is already there; a RangeError for an account that
 *   is not there, or a balance beyond the safe range.
 */
export async function insertChanges(client: ClientBase, changes: readonly Change[]): Promise<void> {
  const events: Row[] = []
  const transactions = changes.map((change) => {
    const row = transactionRow(change.transaction)
    const payload = { ...row, ...contextFields(change.context) }
    events.push(eventOf(change, 0, 'transaction', row.transaction_id, 'transaction_created', payload))
    return row
  })
  const alerts = changes.flatMap((change) => {
    if (change.alert === null) return []
    const row = alertRow(change.alert, change.transaction)
    events.push(eventOf(change, 1, 'fraud_alert', row.alert_id, 'fraud_alert_raised', row))
    return [row]
  })
  await copyRows(client, 'transactions', transactions)
  await copyRows(client, 'fraud_alerts', alerts)
  await copyRows(client, 'fraud_labels', changes.filter(({ typology }) => typology !== null).map(labelRow))
  await copyRows(client, 'account_balances', await post(client, changes, events))
  await copyRows(client, 'outbox', events)
}

/** @param n which event of the change it is; postings follow transaction and alert. */
function eventOf(
  { transaction }: Change,
  n: number,
  aggregateType: string,
  aggregateId: string,
  eventType: string,
  payload: Row,
): Row {
  const id = eventIdOf(transaction.transactionId, transaction.createdAtMs, n)
  return eventRow(aggregateType, aggregateId, eventType, id, payload)
}

/** Another writer can take an id between the look and the insert; each time one is known that was not before. */
const ATTEMPTS_MAX = 5

/**
 * Writes those changes whose transaction is not there yet, in one database transaction, and leaves out the others: the
 * same change written again has no effect. Within `changes` each id must occur once.
 *
 * @returns the ids of the transactions that were there already.
 * @throws like {@link insertChanges}, after a rollback; nothing is written then.
 */
export async function writeNew(client: ClientBase, changes: readonly Change[]): Promise<Set<string>> {
  for (let attempt = 1; ; attempt += 1) {
    const known = await knownTransactions(client, changes)
    const fresh = changes.filter(({ transaction }) => !known.has(transaction.transactionId))
    if (fresh.length === 0) return known
    try {
      await inTransaction(client, () => insertChanges(client, fresh))
      return known
    } catch (error) {
      if (!isState(error, UNIQUE_VIOLATION) || attempt === ATTEMPTS_MAX) throw error
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

/** Changes the balances of all accounts, and returns what to record about each posting, in order. */
async function post(client: ClientBase, changes: readonly Change[], events: Row[]): Promise<Row[]> {
  const accountIds = [...new Set(changes.flatMap(({ postings }) => postings.map(({ accountId }) => accountId)))]
  if (accountIds.length === 0) return []
  const balances = await lockBalances(client, accountIds)
  const changedAtMs = new Map<string, number>()
  const rows: Row[] = []
  for (const change of changes) {
    for (const [n, posting] of change.postings.entries()) {
      const { accountId, currency, deltaMinor } = posting
      const balanceMinor = (balances.get(accountId) ?? 0) + deltaMinor
      if (!Number.isSafeInteger(balanceMinor)) {
        throw new RangeError(`the balance of account ${accountId} is out of range`)
      }
      balances.set(accountId, balanceMinor)
      if (deltaMinor !== 0) changedAtMs.set(accountId, change.transaction.createdAtMs)
      const row = balanceRow(posting, change.transaction, balanceMinor)
      rows.push(row)
      const { account_id, transaction_id, balance, available_balance } = row
      const changed_by = formatMinor(deltaMinor)
      const payload = { account_id, transaction_id, balance, available_balance, currency, changed_by }
      events.push(eventOf(change, 2 + n, 'account', accountId, 'account_balance_changed', payload))
    }
  }
  await client.query(
    `update accounts a set balance = c.balance, updated_at = greatest(a.updated_at, c.at)
     from unnest($1::uuid[], $2::numeric[], $3::timestamptz[]) as c (account_id, balance, at)
     where a.account_id = c.account_id`,
    [
      [...changedAtMs.keys()],
      [...changedAtMs.keys()].map((id) => formatMinor(balances.get(id) ?? 0)),
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
  const balances = new Map(rows.map(({ account_id, balance }) => [account_id, balanceOf(account_id, balance)]))
  const missing = accountIds.find((id) => !balances.has(id))
  if (missing !== undefined) throw new RangeError(`there is no account ${missing}`)
  return balances
}

/** A balance that was written past the ledger can be anything that a numeric holds. */
function balanceOf(accountId: string, text: string): number {
  try {
    return parseMinor(text)
  } catch (error) {
    if (error instanceof MoneyError) throw new RangeError(`the balance of account ${accountId} is ${text}`)
    throw error
  }
}
