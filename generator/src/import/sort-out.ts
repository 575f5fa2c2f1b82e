import { parseMinor } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'
import { type ImportedTransaction } from './parse.ts'
import { type Good, type Refused } from './read-file.ts'

export interface Sorted {
  /** Those whose id is free; each id occurs once. */
  fresh: Good[]
  /** How many are there already, in the database or earlier among the lines. */
  known: number
  /** Those whose id something else has. */
  rejects: Refused[]
}

/** Parts lines by whether their transactions are there already. */
export async function sortOut(client: ClientBase, lines: readonly Good[]): Promise<Sorted> {
  const stored = await readStored(
    client,
    lines.map(({ transaction }) => transaction.transactionId),
  )
  const fresh: Good[] = []
  const rejects: Refused[] = []
  for (const line of lines) {
    const { transactionId } = line.transaction
    const before = stored.get(transactionId)
    const now = comparedFields(line.transaction)
    if (before === undefined) {
      stored.set(transactionId, now)
      fresh.push(line)
      continue
    }
    const other = (Object.keys(now) as (keyof ComparedFields)[]).find((name) => now[name] !== before[name])
    if (other === undefined) continue
    const { number, text } = line
    rejects.push({ number, text, reason: `transaction ${transactionId} is there already, with another ${other}` })
  }
  return { fresh, known: lines.length - fresh.length - rejects.length, rejects }
}

/** What two lines with one id must agree in. Times are left out: they may have been moved. */
interface ComparedFields {
  customer_id: string
  account_id: string
  to_account_id: string | null
  merchant_id: string | null
  transaction_type: string
  amount: number
  currency: string
  status: string
}

function comparedFields(t: ImportedTransaction): ComparedFields {
  return {
    customer_id: t.customerId,
    account_id: t.accountId,
    to_account_id: t.toAccountId ?? null,
    merchant_id: t.merchant?.merchantId ?? null,
    transaction_type: t.type,
    amount: t.amountMinor,
    currency: t.currency,
    status: t.status,
  }
}

async function readStored(client: ClientBase, ids: readonly string[]): Promise<Map<string, ComparedFields>> {
  const { rows } = await client.query<Omit<ComparedFields, 'amount'> & { transaction_id: string; amount: string }>(
    `select transaction_id, customer_id, account_id, to_account_id, merchant_id, transaction_type, amount, currency,
      status from transactions where transaction_id = any($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map(({ transaction_id, ...row }) => [transaction_id, { ...row, amount: parseMinor(row.amount) }]))
}
