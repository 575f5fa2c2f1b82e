import { type Channel, type TransactionStatus, type TransactionType } from '@fintech-streams/contracts'
import {
  type Account,
  type Change,
  changeOf,
  crossesBorder,
  feeIn,
  feeMinor,
  type FxRates,
  isDebit,
  type Merchant,
  multiplyE8,
  rateOf,
} from '@fintech-streams/ledger'
import { choiceOf, type Random } from '../random.ts'
import { type AvailableFunds } from './available-funds.ts'
import { type Market } from './market.ts'
import { type Place } from './places.ts'
import { type Member } from './population.ts'
import { type Typology } from './records.ts'
import { drawRisk } from './risk.ts'

/** A transaction that somebody asks for, before its outcome is decided. */
export interface NewTransaction {
  member: Member
  account: Account
  type: TransactionType
  /** In the account's currency. */
  amountMinor: number
  channel: Channel
  /** Undefined where it is unknown. */
  place: Place | undefined
  merchant?: Merchant
  /** The receiver, for TRANSFER and WIRE_TRANSFER and for nothing else. */
  toAccount?: Account
  device?: string
  ip?: string
  /** What a refund or a chargeback takes back. */
  originalTransactionId?: string
  typology?: Typology
  /** What the signs of a fraud add to the risk score. */
  riskUplift?: number
  /** How likely it is refused for other reasons than money. */
  declinedShare?: number
}

/** What decides a transaction's outcome. */
export interface Context {
  random: Random
  market: Market
  funds: AvailableFunds
}

const debitStatus = choiceOf({ COMPLETED: 94, PENDING: 3, FAILED: 1.5, DECLINED: 1.5 })
const creditStatus = choiceOf({ COMPLETED: 98.5, FAILED: 1.5 })

/** True when the account can pay the transaction. */
export function canPay(transaction: NewTransaction, atMs: number, { market, funds }: Context): boolean {
  const fxRates = market.fxRates
  const costMinor =
    transaction.amountMinor + feeIn(transaction.account, priceOf(transaction, fxRates).feeMinor, fxRates)
  return costMinor <= funds.availableMinor(transaction.account, atMs)
}

function priceOf(transaction: NewTransaction, fxRates: FxRates) {
  const fxRateE8 = rateOf(transaction.account, fxRates)
  const amountUsdMinor = multiplyE8(transaction.amountMinor, fxRateE8)
  const isCrossBorder = crossesBorder(transaction.member.customer, transaction.place, transaction.merchant)
  return { fxRateE8, amountUsdMinor, feeMinor: feeMinor(transaction.type, amountUsdMinor, isCrossBorder) }
}

/** Decides a transaction's outcome, and books it. */
export function carryOut(transaction: NewTransaction, atMs: number, context: Context): Change {
  const { random, market, funds } = context
  const { member, place, toAccount, declinedShare: _, riskUplift: uplift = 0, ...given } = transaction
  const newId = (): string => random.timedUuid(atMs)
  const price = priceOf(transaction, market.fxRates)
  const { riskScore: customerRisk } = member.customer
  const change = changeOf(
    {
      ...given,
      ...price,
      transactionId: newId(),
      atMs,
      customer: member.customer,
      currency: transaction.account.currency,
      status: drawStatus(transaction, atMs, context),
      toAccount,
      toAccountId: toAccount?.accountId,
      location: place === undefined ? undefined : locationOf(place),
      risk: drawRisk({ ...price, customerRisk, type: transaction.type, uplift }, newId, random),
    },
    market.fxRates,
  )
  for (const posting of change.postings) {
    funds.book(posting.accountId === toAccount?.accountId ? toAccount : transaction.account, posting, atMs)
  }
  return change
}

const locationOf = ({ country, city, lat, lon }: Place) => ({ country, city, lat, lon })

function drawStatus(transaction: NewTransaction, atMs: number, context: Context): TransactionStatus {
  const { random } = context
  if (!isDebit(transaction.type)) return creditStatus.pick(random)
  if (transaction.declinedShare !== undefined && random.chance(transaction.declinedShare)) return 'DECLINED'
  return canPay(transaction, atMs, context) ? debitStatus.pick(random) : 'DECLINED'
}
