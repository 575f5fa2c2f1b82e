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
  funds: AvailableFunds
}

const debitStatus = choiceOf({ COMPLETED: 94, PENDING: 3, FAILED: 1.5, DECLINED: 1.5 })
const creditStatus = choiceOf({ COMPLETED: 98.5, FAILED: 1.5 })

/** True when the account can pay the draft. */
export function canPay(draft: Draft, atMs: number, { market, funds }: Surroundings): boolean {
  const fxRates = market.fxRates
  const costMinor = draft.amountMinor + feeIn(draft.account, priceOf(draft, fxRates).feeMinor, fxRates)
  return costMinor <= funds.availableMinor(draft.account, atMs)
}

function priceOf(draft: Draft, fxRates: FxRates) {
  const fxRateE8 = rateOf(draft.account, fxRates)
  const amountUsdMinor = multiplyE8(draft.amountMinor, fxRateE8)
  const isCrossBorder = crossesBorder(draft.member.customer, draft.place, draft.merchant)
  return { fxRateE8, amountUsdMinor, feeMinor: feeMinor(draft.type, amountUsdMinor, isCrossBorder) }
}

/** Decides what becomes of a draft, and books it. */
export function carryOut(draft: Draft, atMs: number, surroundings: Surroundings): Change {
  const { random, market, funds } = surroundings
  const { member, place, toAccount, declinedShare: _, riskUplift: uplift = 0, ...given } = draft
  const newId = (): string => random.timedUuid(atMs)
  const price = priceOf(draft, market.fxRates)
  const { riskScore: customerRisk } = member.customer
  const change = changeOf(
    {
      ...given,
      ...price,
      transactionId: newId(),
      atMs,
      customer: member.customer,
      currency: draft.account.currency,
      status: drawStatus(draft, atMs, surroundings),
      toAccount,
      toAccountId: toAccount?.accountId,
      location: place === undefined ? undefined : locationOf(place),
      risk: drawRisk({ ...price, customerRisk, type: draft.type, uplift }, newId, random),
    },
    market.fxRates,
  )
  for (const posting of change.postings) {
    funds.book(posting.accountId === toAccount?.accountId ? toAccount : draft.account, posting, atMs)
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
