import { type Fault, InstantError, parseInstant, parseMinor, unfit, untimely } from '@fintech-streams/contracts'
import { type Location, type ReportedTransaction } from '@fintech-streams/ledger'
import { Problem } from '@fintech-streams/service'
import { type NewTransaction } from './schema.ts'

/** Ids in the one form that the database has them in. */
export function normalised(given: NewTransaction): NewTransaction {
  const lower = Object.entries(given).map(([name, value]) =>
    name.endsWith('_id') && typeof value === 'string' ? [name, value.toLowerCase()] : [name, value],
  )
  return Object.fromEntries(lower) as NewTransaction
}

/**
 * What a request reports.
 * @throws Problem `invalid_request` for what a schema cannot say: what belongs to a type, and the time.
 */
export function reportedBy(given: NewTransaction, nowMs: number): ReportedTransaction {
  const { to_account_id: toAccountId, original_transaction_id: originalTransactionId, transaction_type: type } = given
  check(unfit(type, { toAccountId, originalTransactionId }))
  if (given.location?.city?.isWellFormed() === false) {
    check({ field: 'location/city', message: 'has half a character' })
  }
  const atMs = given.created_at === undefined ? nowMs : instantOf(given.created_at)
  check(untimely(atMs, nowMs))
  return {
    transactionId: given.transaction_id,
    atMs,
    customerId: given.customer_id,
    accountId: given.account_id,
    toAccountId,
    merchantId: given.merchant_id,
    type,
    amountMinor: parseMinor(given.amount),
    currency: given.currency,
    feeMinor: given.fee_amount === undefined ? undefined : parseMinor(given.fee_amount),
    status: given.status,
    channel: given.channel,
    location: locationOf(given),
    device: given.device_fingerprint,
    ip: given.ip_address,
    originalTransactionId,
  }
}

function locationOf({ location }: NewTransaction): Location | undefined {
  if (location === undefined) return undefined
  const { country, city = null, lat = null, lon = null } = location
  return { country, city, lat, lon }
}

function instantOf(text: string): number {
  try {
    return parseInstant(text)
  } catch (error) {
    if (!(error instanceof InstantError)) throw error
    throw invalid({ field: 'created_at', message: 'must be a time in UTC: write Z, not an offset' })
  }
}

function check(fault: Fault | undefined): void {
  if (fault !== undefined) throw invalid(fault)
}

function invalid({ field, message }: Fault): Problem {
  const pointer = `/body/${field}`
  return new Problem('invalid_request', `${pointer} ${message}`, { fields: [{ pointer, message }] })
}
