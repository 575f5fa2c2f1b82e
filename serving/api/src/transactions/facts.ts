import { type Fault, parseInstant, InstantError, parseMinor, unfit, untimely } from '@fintech-streams/contracts'
import {
  type Account,
  crossesBorder,
  type Facts,
  feeMinor,
  type FxRates,
  type Location,
  multiplyE8,
  type Parties,
} from '@fintech-streams/generator'
import { Problem } from '@fintech-streams/service'
import { type NewTransaction } from './schema.ts'

/** Ids in the one form that the database has them in. */
export function normalised(given: NewTransaction): NewTransaction {
  const lower = Object.entries(given).map(([name, value]) =>
    name.endsWith('_id') && typeof value === 'string' ? [name, value.toLowerCase()] : [name, value],
  )
  return Object.fromEntries(lower) as NewTransaction
}

/** @throws Problem for what a schema cannot say: what belongs to a type, and the time. */
export function checkTogether(given: NewTransaction, nowMs: number): void {
  const { to_account_id: toAccountId, original_transaction_id: originalTransactionId } = given
  check(unfit(given.transaction_type, { toAccountId, originalTransactionId }))
  if (given.location?.city?.isWellFormed() === false) throw invalid('location/city', 'has half a character')
  if (given.created_at !== undefined) check(untimely(instantOf(given.created_at), nowMs))
}

function check(fault: Fault | undefined): void {
  if (fault !== undefined) throw invalid(fault.field, fault.message)
}

/**
 * What decides a transaction, with its parties as the database knows them.
 * @throws Problem `unprocessable` for a party that is not there, or a currency without a rate.
 */
export function factsOf(given: NewTransaction, parties: Parties, fxRates: FxRates, nowMs: number): Facts {
  const customer = parties.customers.get(given.customer_id)
  if (customer === undefined) throw unprocessable('customer_id', `there is no customer ${given.customer_id}`)
  const account = accountOf(given, parties)
  const merchant = given.merchant_id === undefined ? undefined : parties.merchants.get(given.merchant_id)
  if (merchant === undefined && given.merchant_id !== undefined) {
    throw unprocessable('merchant_id', `there is no merchant ${given.merchant_id}`)
  }
  const fxRateE8 = fxRates(given.currency)
  if (fxRateE8 === undefined) throw unprocessable('currency', `there is no rate for ${given.currency}`)
  const amountMinor = parseMinor(given.amount)
  const amountUsdMinor = multiplyE8(amountMinor, fxRateE8)
  const location = locationOf(given)
  const toAccount = given.to_account_id === undefined ? undefined : parties.accounts.get(given.to_account_id)
  return {
    transactionId: given.transaction_id,
    atMs: given.created_at === undefined ? nowMs : instantOf(given.created_at),
    customer,
    account,
    type: given.transaction_type,
    amountMinor,
    currency: given.currency,
    fxRateE8,
    amountUsdMinor,
    feeMinor:
      given.fee_amount === undefined
        ? feeMinor(given.transaction_type, amountUsdMinor, crossesBorder(customer, location, merchant))
        : parseMinor(given.fee_amount),
    status: given.status ?? 'COMPLETED',
    ...defined({
      toAccountId: given.to_account_id,
      toAccount,
      merchant,
      channel: given.channel,
      location,
      device: given.device_fingerprint,
      ip: given.ip_address,
      originalTransactionId: given.original_transaction_id,
    }),
  }
}

function accountOf(given: NewTransaction, parties: Parties): Account {
  const account = parties.accounts.get(given.account_id)
  if (account === undefined) throw unprocessable('account_id', `there is no account ${given.account_id}`)
  if (account.customerId !== given.customer_id) {
    throw unprocessable('account_id', `account ${given.account_id} is not one of customer ${given.customer_id}`)
  }
  return account
}

function locationOf({ location }: NewTransaction): Location | undefined {
  if (location === undefined) return undefined
  return {
    country: location.country,
    city: location.city ?? null,
    lat: location.lat ?? null,
    lon: location.lon ?? null,
  }
}

function instantOf(text: string): number {
  try {
    return parseInstant(text)
  } catch (error) {
    if (error instanceof InstantError) throw invalid('created_at', 'must be a time in UTC: write Z, not an offset')
    throw error
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}

function invalid(name: string, message: string): Problem {
  return new Problem('invalid_request', `/body/${name} ${message}`, { fields: [{ pointer: `/body/${name}`, message }] })
}

function unprocessable(name: string, message: string): Problem {
  return new Problem('unprocessable', message, { fields: [{ pointer: `/body/${name}`, message }] })
}
