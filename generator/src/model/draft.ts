import { type Channel, type TransactionStatus, type TransactionType } from '@fintech-streams/contracts'
import { choiceOf, type Random } from '../random.ts'
import { changeOf, crossesBorder, feeIn, type FxRates, isDebit, rateOf } from './change.ts'
import { type Ledger } from './ledger.ts'
import { type Market, multiplyE8 } from './market.ts'
import { type Place } from './places.ts'
import { type Member } from './population.ts'
import { type Account, type Change, type Merchant, type Typology } from './records.ts'

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

const debitStatus = choiceOf({ COMPLETED: 94, PENDING: 3, FAILED: 1.5, DECLINED: 1.5 })
const creditStatus = choiceOf({ COMPLETED: 98.5, FAILED: 1.5 })

/** US cents. A wire has a price; money across a border costs 1 %, and cash there a fixed fee as well. */
export function feeMinor(type: TransactionType, amountUsdMinor: number, isCrossBorder: boolean): number {
  if (!isDebit(type)) return 0
  const abroad = isCrossBorder ? multiplyE8(amountUsdMinor, 1_000_000) : 0
  if (type === 'WIRE_TRANSFER') return 25_00 + abroad
  return type === 'WITHDRAWAL' && isCrossBorder ? 3_00 + abroad : abroad
}

/** True when the account can pay the draft. */
export function canPay(draft: Draft, atMs: number, { market, ledger }: Surroundings): boolean {
  const fxRates = market.fxRates
  const costMinor = draft.amountMinor + feeIn(draft.account, priceOf(draft, fxRates).feeMinor, fxRates)
  return costMinor <= ledger.availableMinor(draft.account, atMs)
}

function priceOf(draft: Draft, fxRates: FxRates) {
  const fxRateE8 = rateOf(draft.account, fxRates)
  const amountUsdMinor = multiplyE8(draft.amountMinor, fxRateE8)
  const isCrossBorder = crossesBorder(draft.member.customer, draft.place, draft.merchant)
  return { fxRateE8, amountUsdMinor, feeMinor: feeMinor(draft.type, amountUsdMinor, isCrossBorder) }
}

/** Decides what becomes of a draft, and books it in the ledger. */
export function carryOut(draft: Draft, atMs: number, surroundings: Surroundings): Change {
  const { random, market, ledger } = surroundings
  const { member, place, toAccount, declinedShare: _, ...given } = draft
  const change = changeOf(
    {
      ...given,
      ...priceOf(draft, market.fxRates),
      transactionId: random.timedUuid(atMs),
      atMs,
      customer: member.customer,
      currency: draft.account.currency,
      status: drawStatus(draft, atMs, surroundings),
      ...(toAccount === undefined ? {} : { toAccount, toAccountId: toAccount.accountId }),
      ...(place === undefined ? {} : { location: locationOf(place) }),
    },
    random,
    market.fxRates,
  )
  for (const posting of change.postings) {
    ledger.book(posting.accountId === toAccount?.accountId ? toAccount : draft.account, posting, atMs)
  }
  return change
}

const locationOf = ({ country, city, lat, lon }: Place) => ({ country, city, lat, lon })

function drawStatus(draft: Draft, atMs: number, surroundings: Surroundings): TransactionStatus {
  const { random } = surroundings
  if (!isDebit(draft.type)) return creditStatus.pick(random)
  if (draft.declinedShare !== undefined && random.chance(draft.declinedShare)) return 'DECLINED'
  return canPay(draft, atMs, surroundings) ? debitStatus.pick(random) : 'DECLINED'
}
