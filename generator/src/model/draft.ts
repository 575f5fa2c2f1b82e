import { type Channel, type TransactionStatus, type TransactionType } from '@fintech-streams/contracts'
import { choiceOf, type Random } from '../random.ts'
import { type Ledger } from './ledger.ts'
import { divideE8, type Market, multiplyE8 } from './market.ts'
import { type Place } from './places.ts'
import { type Member } from './population.ts'
import {
  type Account,
  type Change,
  type Merchant,
  type Posting,
  type TransactionRecord,
  type Typology,
} from './records.ts'
import { drawComplianceFlags, drawFraudAlert, drawRiskScore, riskLevelOf } from './risk.ts'

/** What somebody sets out to do, before anything is decided about it. */
export interface Draft {
  member: Member
  account: Account
  type: TransactionType
  /** In the account's currency. */
  amountMinor: number
  channel: Channel
  /** Undefined where it cannot be told. */
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

/** What a draft meets. */
export interface Surroundings {
  random: Random
  market: Market
  ledger: Ledger
}

const CREDITS: ReadonlySet<TransactionType> = new Set(['DEPOSIT', 'REFUND', 'CHARGEBACK'])
const debitStatus = choiceOf<TransactionStatus>({ COMPLETED: 94, PENDING: 3, FAILED: 1.5, DECLINED: 1.5 })
const creditStatus = choiceOf<TransactionStatus>({ COMPLETED: 98.5, FAILED: 1.5 } as Record<TransactionStatus, number>)

/** True for a type that takes money from the account. */
export function isDebit(type: TransactionType): boolean {
  return !CREDITS.has(type)
}

/** US cents. A wire has a price; money across a border costs 1 %, and cash there a fixed fee as well. */
export function feeMinor(type: TransactionType, amountUsdMinor: number, isCrossBorder: boolean): number {
  if (!isDebit(type)) return 0
  const abroad = isCrossBorder ? multiplyE8(amountUsdMinor, 1_000_000) : 0
  if (type === 'WIRE_TRANSFER') return 25_00 + abroad
  return type === 'WITHDRAWAL' && isCrossBorder ? 3_00 + abroad : abroad
}

/** What a debit takes from its account, fee included, in the account's currency. */
function costMinor(amountMinor: number, fee: number, fxRateE8: number): number {
  return amountMinor + divideE8(fee, fxRateE8)
}

/** True when the account can pay the draft. */
export function canPay(draft: Draft, atMs: number, { market, ledger }: Surroundings): boolean {
  const { fxRateE8, fee } = priced(draft, market)
  return costMinor(draft.amountMinor, fee, fxRateE8) <= ledger.availableMinor(draft.account, atMs)
}

function priced(draft: Draft, market: Market) {
  const fxRateE8 = rateOf(draft.account, market)
  const amountUsdMinor = multiplyE8(draft.amountMinor, fxRateE8)
  const isCrossBorder = crossesBorder(draft)
  return { fxRateE8, amountUsdMinor, isCrossBorder, fee: feeMinor(draft.type, amountUsdMinor, isCrossBorder) }
}

function rateOf(account: Account, market: Market): number {
  const rate = market.fxRateE8(account.currency)
  if (rate === undefined)
    throw new RangeError(`account ${account.accountId} is in ${account.currency}, which has no rate`)
  return rate
}

function crossesBorder({ member, place, merchant }: Draft): boolean {
  const { country } = member.customer
  return (place !== undefined && place.country !== country) || (merchant !== undefined && merchant.country !== country)
}

/** Decides what becomes of a draft, and books it in the ledger. */
export function carryOut(draft: Draft, atMs: number, surroundings: Surroundings): Change {
  const { random, market } = surroundings
  const { account, member } = draft
  const { fxRateE8, amountUsdMinor, isCrossBorder, fee } = priced(draft, market)
  const riskScore = drawRiskScore(
    { amountUsdMinor, customerRisk: member.customer.riskScore, type: draft.type, uplift: draft.riskUplift ?? 0 },
    random,
  )
  const riskLevel = riskLevelOf(riskScore)
  const newId = (): string => random.timedUuid(atMs)
  const transaction: TransactionRecord = {
    transactionId: newId(),
    customerId: member.customer.customerId,
    accountId: account.accountId,
    toAccountId: draft.toAccount?.accountId ?? null,
    merchantId: draft.merchant?.merchantId ?? null,
    type: draft.type,
    amountMinor: draft.amountMinor,
    currency: account.currency,
    fxRateE8,
    amountUsdMinor,
    feeMinor: fee,
    status: drawStatus(draft, atMs, surroundings),
    channel: draft.channel,
    merchantCategory: draft.merchant?.category ?? null,
    mcc: draft.merchant?.mcc ?? null,
    location: draft.place === undefined ? null : locationOf(draft.place),
    isCrossBorder,
    deviceFingerprint: draft.device ?? null,
    ipAddress: draft.ip ?? null,
    riskScore,
    riskLevel,
    complianceFlags: drawComplianceFlags(riskScore, amountUsdMinor, random),
    originalTransactionId: draft.originalTransactionId ?? null,
    createdAtMs: atMs,
  }
  return {
    transaction,
    context: { customer: member.customer, account, merchant: draft.merchant ?? null },
    eventId: newId(),
    postings: book(transaction, draft, surroundings, newId),
    alert: drawFraudAlert(riskLevel, newId, random),
    typology: draft.typology ?? null,
  }
}

const locationOf = ({ country, city, lat, lon }: Place) => ({ country, city, lat, lon })

function drawStatus(draft: Draft, atMs: number, surroundings: Surroundings): TransactionStatus {
  const { random } = surroundings
  if (!isDebit(draft.type)) return creditStatus.pick(random)
  if (draft.declinedShare !== undefined && random.chance(draft.declinedShare)) return 'DECLINED'
  return canPay(draft, atMs, surroundings) ? debitStatus.pick(random) : 'DECLINED'
}

/** Moves the money of a completed transaction, holds that of a pending one, and leaves the others without effect. */
function book(
  transaction: TransactionRecord,
  { account, toAccount }: Draft,
  { ledger, market }: Surroundings,
  newId: () => string,
): Posting[] {
  const { status, type, amountMinor, amountUsdMinor, fxRateE8, createdAtMs: atMs } = transaction
  if (status !== 'COMPLETED' && status !== 'PENDING') return []
  const moves: [Account, number][] = []
  if (!isDebit(type)) {
    moves.push([account, amountMinor])
  } else if (status === 'PENDING') {
    ledger.hold(account, costMinor(amountMinor, transaction.feeMinor, fxRateE8), atMs)
    moves.push([account, 0])
  } else {
    moves.push([account, -costMinor(amountMinor, transaction.feeMinor, fxRateE8)])
    if (toAccount !== undefined) moves.push([toAccount, received(account, toAccount)])
  }
  return moves.map(([moved, deltaMinor]) => {
    ledger.post(moved, deltaMinor)
    return {
      accountId: moved.accountId,
      currency: moved.currency,
      deltaMinor,
      pendingDebitsMinor: ledger.heldMinor(moved, atMs),
      creditLimitMinor: moved.creditLimitMinor,
      eventId: newId(),
    }
  })

  /** Between accounts of one currency nothing is converted, so nothing is lost to rounding. */
  function received(from: Account, to: Account): number {
    return from.currency === to.currency ? amountMinor : divideE8(amountUsdMinor, rateOf(to, market))
  }
}
