import { type Channel, type TransactionType } from '@fintech-streams/contracts'
import { type Account, type Merchant } from '@fintech-streams/ledger'
import { choiceOf, type Random } from '../random.ts'
import { type Draft } from './draft.ts'
import { type Place, placeOf } from './places.ts'
import { type Habits, type Member, type Population } from './population.ts'
import { drawAmount } from './tiers.ts'

/** What customers do by themselves. Refunds and chargebacks answer earlier transactions, see `reversals.ts`. */
type OrdinaryType = Exclude<TransactionType, 'REFUND' | 'CHARGEBACK'>

const types = choiceOf<OrdinaryType>({
  PURCHASE: 48,
  PAYMENT: 14,
  TRANSFER: 12,
  WIRE_TRANSFER: 3,
  WITHDRAWAL: 8,
  DEPOSIT: 15,
})

const channels: Readonly<Record<OrdinaryType, { pick(random: Random): Channel }>> = {
  PURCHASE: choiceOf<'POS' | 'WEB' | 'MOBILE'>({ POS: 50, WEB: 25, MOBILE: 25 }),
  PAYMENT: choiceOf<'MOBILE' | 'WEB' | 'BRANCH'>({ MOBILE: 50, WEB: 45, BRANCH: 5 }),
  TRANSFER: choiceOf<'MOBILE' | 'WEB'>({ MOBILE: 65, WEB: 35 }),
  WIRE_TRANSFER: choiceOf<'WEB' | 'BRANCH'>({ WEB: 65, BRANCH: 35 }),
  WITHDRAWAL: choiceOf<'ATM' | 'BRANCH'>({ ATM: 92, BRANCH: 8 }),
  DEPOSIT: choiceOf<'MOBILE' | 'ATM' | 'BRANCH'>({ MOBILE: 55, ATM: 25, BRANCH: 20 }),
}

const AWAY_SHARE = 0.04
const OTHER_SHOP_SHARE = 0.03
const MAIN_ACCOUNT_SHARE = 0.75
/** Part of online transactions whose place the address does not tell. */
const UNKNOWN_PLACE_SHARE = 0.02

/** An ordinary transaction of a customer, drawn from its tier and its habits. */
export function draftOrdinary(member: Member, population: Population, random: Random): Draft {
  const { habits } = member
  const wanted = types.pick(random)
  const account = pickAccount(member, random)
  const isAway = random.chance(AWAY_SHARE)
  const place = isAway ? habits.away : habits.home
  const draft: Draft = {
    member,
    account,
    type: wanted,
    amountMinor: drawAmount(member.customer.tier, random),
    channel: channels[wanted].pick(random),
    place,
  }
  if (wanted === 'TRANSFER' || wanted === 'WIRE_TRANSFER') setReceiver(draft, population, random)
  if (draft.type === 'PURCHASE') setShop(draft, place, population, random)
  if (draft.type === 'PAYMENT') draft.merchant = pickBiller(habits, population, random)
  setDevice(draft, isAway)
  if (draft.device !== undefined && random.chance(UNKNOWN_PLACE_SHARE)) draft.place = undefined
  return draft
}

/** The same customer fills its account up instead. */
export function draftDeposit(member: Member, account: Account, amountMinor: number, random: Random): Draft {
  const channel = channels.DEPOSIT.pick(random)
  const draft: Draft = { member, account, type: 'DEPOSIT', amountMinor, channel, place: member.habits.home }
  setDevice(draft, false)
  return draft
}

function pickAccount(member: Member, random: Random): Account {
  const main = member.accounts[0] as Account
  return random.chance(MAIN_ACCOUNT_SHARE) ? main : random.pick(member.accounts)
}

/** Somebody known, or somebody else; where there is nobody else the money is spent instead. */
function setReceiver(draft: Draft, population: Population, random: Random): void {
  const { payees } = draft.member.habits
  const known = payees.length > 0 && random.chance(0.8) ? random.pick(payees) : undefined
  const receiver = known ?? population.strangersAccount(draft.member, random)
  if (receiver === undefined) {
    draft.type = 'PURCHASE'
    draft.channel = channels.PURCHASE.pick(random)
  } else {
    draft.toAccount = receiver
  }
}

function setShop(draft: Draft, place: Place, population: Population, random: Random): void {
  const local = place === draft.member.habits.home ? undefined : population.shopIn(place.country, random)
  const usual = random.chance(OTHER_SHOP_SHARE) ? population.shops : draft.member.habits.shops
  draft.merchant = local ?? random.pick(usual)
  if (draft.channel === 'POS') sellOnSite(draft, place)
}

/** A shop's till stands in the shop; what is bought from a shop of another country than one is in is bought online. */
function sellOnSite(draft: Draft, place: Place): void {
  const { merchant } = draft
  if (merchant?.country === place.country) draft.place = placeOf(merchant.country, merchant.city)
  else draft.channel = 'WEB'
}

function pickBiller(habits: Habits, population: Population, random: Random): Merchant {
  return random.pick(habits.billers.length > 0 ? habits.billers : population.shops)
}

/** A phone or a laptop is recognised online; at a till, a machine or a counter there is none. */
function setDevice(draft: Draft, isAway: boolean): void {
  const { habits } = draft.member
  if (draft.channel !== 'MOBILE' && draft.channel !== 'WEB') return
  draft.device = draft.channel === 'MOBILE' ? habits.phone : habits.laptop
  draft.ip = isAway ? habits.awayIp : habits.homeIp
}
