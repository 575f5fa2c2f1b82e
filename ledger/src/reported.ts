import { AMOUNT_USD_MAX_MINOR, CURRENCIES_TAKEN, formatMinor, type TransactionStatus } from '@fintech-streams/contracts'
import { changeOf, crossesBorder, hasEffect, type TransactionDetails } from './change.ts'
import { divideE8, multiplyE8 } from './conversion.ts'
import { feeMinor } from './fees.ts'
import { type Parties } from './parties.ts'
import { type FxRates } from './rates.ts'
import { type Account, type Change } from './records.ts'

/** One, in units of 10^-8. */
const E8 = 100_000_000

/** A transaction as somebody outside reports it, its parties by id. What is left out follows from the rest. */
export interface ReportedTransaction extends TransactionDetails {
  customerId: string
  accountId: string
  merchantId?: string | undefined
  fxRateE8?: number | undefined
  amountUsdMinor?: number | undefined
  /** US cents. */
  feeMinor?: number | undefined
  status?: TransactionStatus | undefined
}

/** A transaction that is not taken as it is reported; the message says why. */
export class Refused extends Error {
  /** The name of the column that is at fault. */
  readonly field: string

  constructor(field: string, message: string) {
    super(message)
    this.name = 'Refused'
    this.field = field
  }
}

/**
 * The change that a reported transaction is. Whoever takes transactions from outside takes them through here, so all of
 * them accept and refuse the same.
 *
 * @param parties must have been asked for every id that is named.
 * @throws Refused for a party that is not there or must not move money, for a fee beyond `AMOUNT_USD_MAX_MINOR`, and like
 *   {@link priceOf}; RangeError when a conversion leaves the safe range.
 */
export function reportedChange(reported: ReportedTransaction, parties: Parties, fxRates: FxRates): Change {
  const { customerId, accountId, toAccountId, merchantId, type, location, status = 'COMPLETED' } = reported
  const customer = parties.customers.get(customerId)
  if (customer === undefined) throw new Refused('customer_id', `there is no customer ${customerId}`)
  const account = parties.accounts.get(accountId)
  if (account === undefined) throw new Refused('account_id', `there is no account ${accountId}`)
  if (account.customerId !== customerId) {
    throw new Refused('account_id', `account ${accountId} is not one of customer ${customerId}`)
  }
  const toAccount = toAccountId === undefined ? undefined : parties.accounts.get(toAccountId)
  if (hasEffect(status)) {
    requireActive('account_id', account)
    if (toAccount !== undefined) requireActive('to_account_id', toAccount)
  }
  const merchant = merchantId === undefined ? undefined : parties.merchants.get(merchantId)
  if (merchant === undefined && merchantId !== undefined) {
    throw new Refused('merchant_id', `there is no merchant ${merchantId}`)
  }
  const price = priceOf(reported, fxRates)
  const fee = reported.feeMinor ?? feeMinor(type, price.amountUsdMinor, crossesBorder(customer, location, merchant))
  requireBounded('fee_amount', fee)
  // An account in the transaction's currency is booked at the transaction's rate.
  const rates: FxRates = (currency) => (currency === reported.currency ? price.fxRateE8 : fxRates(currency))
  return changeOf({ ...reported, ...price, feeMinor: fee, status, customer, account, toAccount, merchant }, rates)
}

function requireActive(field: string, { accountId, status }: Account): void {
  if (status !== 'ACTIVE') throw new Refused(field, `account ${accountId} is ${status}: no money moves there`)
}

function requireBounded(field: string, usdMinor: number): void {
  if (usdMinor <= AMOUNT_USD_MAX_MINOR) return
  throw new Refused(field, `${formatMinor(usdMinor)} USD is more than ${formatMinor(AMOUNT_USD_MAX_MINOR)}`)
}

/** A transaction in dollars. */
interface Price {
  fxRateE8: number
  amountUsdMinor: number
}

/**
 * The price in dollars that is reported, or what follows from the rate of the currency.
 * @throws Refused for a currency or a price that is not taken.
 */
function priceOf(reported: ReportedTransaction, fxRates: FxRates): Price {
  const { amountMinor, currency, fxRateE8, amountUsdMinor } = reported
  if (!CURRENCIES_TAKEN.includes(currency)) {
    throw new Refused('currency', `${currency} is not taken, only ${CURRENCIES_TAKEN.join(', ')}`)
  }
  if (currency === 'USD' && ((fxRateE8 ?? E8) !== E8 || (amountUsdMinor ?? amountMinor) !== amountMinor)) {
    throw new Refused('amount', 'the amount is in USD, and fx_rate or amount_usd says something else')
  }
  if (amountUsdMinor !== undefined) requireBounded('amount', amountUsdMinor)
  if (fxRateE8 === undefined && amountUsdMinor !== undefined && amountMinor > 0) {
    return { fxRateE8: Math.max(1, divideE8(amountUsdMinor, amountMinor)), amountUsdMinor }
  }
  const rate = fxRateE8 ?? fxRates(currency)
  if (rate === undefined) throw new Refused('currency', `there is no rate for ${currency}`)
  const price = { fxRateE8: rate, amountUsdMinor: amountUsdMinor ?? multiplyE8(amountMinor, rate) }
  requireBounded('amount', price.amountUsdMinor)
  return price
}
