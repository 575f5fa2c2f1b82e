import { type Channel, type TransactionStatus, type TransactionType } from '@fintech-streams/contracts'
import { type Random } from '../random.ts'
import { divideE8 } from './market.ts'
import { type Account, type Change, type Customer, type Location, type Merchant, type Posting } from './records.ts'
import { drawComplianceFlags, drawFraudAlert, drawRiskScore, riskLevelOf } from './risk.ts'

/** A transaction as far as its parties decide it; risk, flags, alert and the movement of money follow from it. */
export interface Facts {
  transactionId: string
  atMs: number
  customer: Customer
  account: Account
  /** The receiver of a TRANSFER or WIRE_TRANSFER, and of nothing else. */
  toAccountId?: string
  /** The receiver's account, where it is one of ours. */
  toAccount?: Account
  merchant?: Merchant
  type: TransactionType
  amountMinor: number
  currency: string
  fxRateE8: number
  amountUsdMinor: number
  /** US cents. */
  feeMinor: number
  status: TransactionStatus
  channel?: Channel
  location?: Location
  device?: string
  ip?: string
  originalTransactionId?: string
  typology?: string
  /** What the signs of a fraud add to the risk score. */
  riskUplift?: number
  /** Where somebody else has judged the risk already. */
  riskScore?: number
}

/** Dollars for one unit of a currency, in units of 10^-8; undefined for a currency without a rate. */
export type FxRates = (currency: string) => number | undefined

const CREDITS: ReadonlySet<TransactionType> = new Set(['DEPOSIT', 'REFUND', 'CHARGEBACK'])

/** True for a type that takes money from the account. */
export function isDebit(type: TransactionType): boolean {
  return !CREDITS.has(type)
}

/**
 * A transaction with everything that it changes.
 * @throws RangeError when an account's currency differs from the transaction's and has no rate.
 */
export function changeOf(facts: Facts, random: Random, fxRates: FxRates): Change {
  const { atMs, customer, account, merchant, location, amountUsdMinor, type } = facts
  const newId = (): string => random.timedUuid(atMs)
  const uplift = facts.riskUplift ?? 0
  const riskScore =
    facts.riskScore ?? drawRiskScore({ amountUsdMinor, customerRisk: customer.riskScore, type, uplift }, random)
  const riskLevel = riskLevelOf(riskScore)
  return {
    transaction: {
      transactionId: facts.transactionId,
      customerId: customer.customerId,
      accountId: account.accountId,
      toAccountId: facts.toAccountId ?? null,
      merchantId: merchant?.merchantId ?? null,
      type,
      amountMinor: facts.amountMinor,
      currency: facts.currency,
      fxRateE8: facts.fxRateE8,
      amountUsdMinor,
      feeMinor: facts.feeMinor,
      status: facts.status,
      channel: facts.channel ?? null,
      merchantCategory: merchant?.category ?? null,
      mcc: merchant?.mcc ?? null,
      location: location ?? null,
      isCrossBorder: crossesBorder(customer, location, merchant),
      deviceFingerprint: facts.device ?? null,
      ipAddress: facts.ip ?? null,
      riskScore,
      riskLevel,
      complianceFlags: drawComplianceFlags(riskScore, amountUsdMinor, random),
      originalTransactionId: facts.originalTransactionId ?? null,
      createdAtMs: atMs,
    },
    context: { customer, account, merchant: merchant ?? null },
    eventId: newId(),
    postings: postingsOf(facts, fxRates, newId),
    alert: drawFraudAlert(riskLevel, newId, random),
    typology: facts.typology ?? null,
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

/** A completed transaction moves money, a pending one holds it, and the others have no effect. */
function postingsOf(facts: Facts, fxRates: FxRates, newId: () => string): Posting[] {
  const { account, toAccount, status, type } = facts
  const post = (to: Account, deltaMinor: number, pendingDebitsMinor: number): Posting => ({
    accountId: to.accountId,
    currency: to.currency,
    deltaMinor,
    pendingDebitsMinor,
    creditLimitMinor: to.creditLimitMinor,
    eventId: newId(),
  })
  const isCompleted = status === 'COMPLETED'
  if (!isCompleted && status !== 'PENDING') return []
  if (!isDebit(type)) return isCompleted ? [post(account, inCurrencyOf(account, facts, fxRates), 0)] : []
  const costMinor = inCurrencyOf(account, facts, fxRates) + feeIn(account, facts.feeMinor, fxRates)
  if (!isCompleted) return [post(account, 0, costMinor)]
  const paid = post(account, -costMinor, 0)
  if (toAccount === undefined) return [paid]
  return [paid, post(toAccount, inCurrencyOf(toAccount, facts, fxRates), 0)]
}

/** What the transaction is worth in an account's currency; its own is not converted, so nothing is lost to rounding. */
function inCurrencyOf(account: Account, facts: Facts, fxRates: FxRates): number {
  if (account.currency === facts.currency) return facts.amountMinor
  return divideE8(facts.amountUsdMinor, rateOf(account, fxRates))
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
