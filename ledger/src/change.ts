import { type Channel, type TransactionStatus, type TransactionType } from '@fintech-streams/contracts'
import { divideE8 } from './conversion.ts'
import { type FxRates } from './rates.ts'
import { type Account, type Change, type Customer, type Location, type Merchant, type Posting } from './records.ts'
import { complianceFlagsOf, type Risk, riskLevelOf, riskScoreOf } from './risk.ts'

/** What every caller says of a transaction. */
export interface TransactionDetails {
  transactionId: string
  atMs: number
  type: TransactionType
  amountMinor: number
  currency: string
  /** The receiver of a TRANSFER or WIRE_TRANSFER, and of nothing else. */
  toAccountId?: string | undefined
  channel?: Channel | undefined
  location?: Location | undefined
  device?: string | undefined
  ip?: string | undefined
  originalTransactionId?: string | undefined
  typology?: string | undefined
  /** The caller's own judgement; what the facts say when left out. */
  risk?: Risk | undefined
}

/** A transaction with its parties and its price; risk, level, flags and the movement of money follow from it. */
export interface TransactionInput extends TransactionDetails {
  customer: Customer
  account: Account
  /** The receiver's account, where it is one of ours. */
  toAccount?: Account | undefined
  merchant?: Merchant | undefined
  fxRateE8: number
  amountUsdMinor: number
  /** US cents. */
  feeMinor: number
  status: TransactionStatus
}

const CREDITS: ReadonlySet<TransactionType> = new Set(['DEPOSIT', 'REFUND', 'CHARGEBACK'])

/** True for a type that takes money from the account. */
export function isDebit(type: TransactionType): boolean {
  return !CREDITS.has(type)
}

/**
 * A transaction with everything that it changes.
 * @throws RangeError when an account's currency differs from the transaction's and has no rate.
 */
export function changeOf(input: TransactionInput, fxRates: FxRates): Change {
  const { customer, account, merchant, location, amountUsdMinor, type } = input
  const risk = input.risk ?? { score: riskScoreOf({ amountUsdMinor, customerRisk: customer.riskScore, type }) }
  return {
    transaction: {
      transactionId: input.transactionId,
      customerId: customer.customerId,
      accountId: account.accountId,
      toAccountId: input.toAccountId ?? null,
      merchantId: merchant?.merchantId ?? null,
      type,
      amountMinor: input.amountMinor,
      currency: input.currency,
      fxRateE8: input.fxRateE8,
      amountUsdMinor,
      feeMinor: input.feeMinor,
      status: input.status,
      channel: input.channel ?? null,
      merchantCategory: merchant?.category ?? null,
      mcc: merchant?.mcc ?? null,
      location: location ?? null,
      isCrossBorder: crossesBorder(customer, location, merchant),
      deviceFingerprint: input.device ?? null,
      ipAddress: input.ip ?? null,
      riskScore: risk.score,
      riskLevel: riskLevelOf(risk.score),
      complianceFlags: risk.flags ?? complianceFlagsOf(risk.score, amountUsdMinor),
      originalTransactionId: input.originalTransactionId ?? null,
      createdAtMs: input.atMs,
    },
    context: { customer, account, merchant: merchant ?? null },
    postings: postingsOf(input, fxRates),
    alert: risk.alert ?? null,
    typology: input.typology ?? null,
  }
}

/** True when the place or the merchant is in another country than the customer. */
export function crossesBorder(
  { country }: Customer,
  location: { country: string } | undefined,
  merchant: Merchant | undefined,
): boolean {
  return (
    (location !== undefined && location.country !== country) || (merchant !== undefined && merchant.country !== country)
  )
}

/** Whether money moves or is held: a failed and a declined transaction are facts without an effect. */
export function hasEffect(status: TransactionStatus): boolean {
  return status === 'COMPLETED' || status === 'PENDING'
}

/** A completed transaction moves money, a pending debit holds it. */
function postingsOf(input: TransactionInput, fxRates: FxRates): Posting[] {
  const { account, toAccount, status, type } = input
  if (!hasEffect(status)) return []
  const isCompleted = status === 'COMPLETED'
  if (!isDebit(type)) return isCompleted ? [posting(account, inCurrencyOf(account, input, fxRates))] : []
  const costMinor = inCurrencyOf(account, input, fxRates) + feeIn(account, input.feeMinor, fxRates)
  if (!isCompleted) return [{ ...posting(account, 0), pendingDebitsMinor: costMinor }]
  const paid = posting(account, -costMinor)
  if (toAccount === undefined) return [paid]
  return [paid, posting(toAccount, inCurrencyOf(toAccount, input, fxRates))]
}

function posting({ accountId, currency, creditLimitMinor }: Account, deltaMinor: number): Posting {
  return { accountId, currency, deltaMinor, pendingDebitsMinor: 0, creditLimitMinor }
}

/** What the transaction is worth in an account's currency; its own is not converted, so nothing is lost to rounding. */
function inCurrencyOf(account: Account, input: TransactionInput, fxRates: FxRates): number {
  if (account.currency === input.currency) return input.amountMinor
  return divideE8(input.amountUsdMinor, rateOf(account, fxRates))
}

/** A fee in US cents, in an account's currency. */
export function feeIn(account: Account, feeMinor: number, fxRates: FxRates): number {
  return feeMinor === 0 ? 0 : divideE8(feeMinor, rateOf(account, fxRates))
}

/** @throws RangeError for an account in a currency without a rate. */
export function rateOf({ accountId, currency }: Account, fxRates: FxRates): number {
  const rate = fxRates(currency)
  if (rate === undefined) throw new RangeError(`account ${accountId} is in ${currency}, which has no rate`)
  return rate
}
