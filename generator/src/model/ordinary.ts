import { type Channel, type TransactionType } from '@fintech-streams/contracts'
import { type Account, type Merchant } from '@fintech-streams/ledger'
import { choiceOf, type Random } from '../random.ts'
import { type NewTransaction } from './new-transaction.ts'
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
export function ordinaryTransaction(member: Member, population: Population, random: Random): NewTransaction {
  const { habits } = member
  const wanted = types.pick(random)
  const account = pickAccount(member, random)
  const isAway = random.chance(AWAY_SHARE)
  const place = isAway ? habits.away : habits.home
  const transaction: NewTransaction = {
    member,
    account,
    type: wanted,
    amountMinor: drawAmount(member.customer.tier, random),
    channel: channels[wanted].pick(random),
    place,
  }
  if (wanted === 'TRANSFER' || wanted === 'WIRE_TRANSFER') setReceiver(transaction, population, random)
  if (transaction.type === 'PURCHASE') setShop(transaction, place, population, random)
  if (transaction.type === 'PAYMENT') transaction.merchant = pickBiller(habits, population, random)
  setDevice(transaction, isAway)
  if (transaction.device !== undefined && random.chance(UNKNOWN_PLACE_SHARE)) transaction.place = undefined
  return transaction
}

/** The same customer fills its account up instead. */
export function depositTransaction(
  member: Member,
  account: Account,
  amountMinor: number,
  random: Random,
): NewTransaction {
  const channel = channels.DEPOSIT.pick(random)
  const transaction: NewTransaction = {
    member,
    account,
    type: 'DEPOSIT',
    amountMinor,
    channel,
    place: member.habits.home,
  }
  setDevice(transaction, false)
  return transaction
}

function pickAccount(member: Member, random: Random): Account {
  const main = member.accounts[0] as Account
  return random.chance(MAIN_ACCOUNT_SHARE) ? main : random.pick(member.accounts)
}

/** Somebody known, or somebody else; where there is nobody else the money is spent instead. */
function setReceiver(transaction: NewTransaction, population: Population, random: Random): void {
  const { payees } = transaction.member.habits
  const known = payees.length > 0 && random.chance(0.8) ? random.pick(payees) : undefined
  const receiver = known ?? population.strangersAccount(transaction.member, random)
  if (receiver === undefined) {
    transaction.type = 'PURCHASE'
    transaction.channel = channels.PURCHASE.pick(random)
  } else {
    transaction.toAccount = receiver
  }
}

function setShop(transaction: NewTransaction, place: Place, population: Population, random: Random): void {
  const local = place === transaction.member.habits.home ? undefined : population.shopIn(place.country, random)
  const usual = random.chance(OTHER_SHOP_SHARE) ? population.shops : transaction.member.habits.shops
  transaction.merchant = local ?? random.pick(usual)
  if (transaction.channel === 'POS') sellOnSite(transaction, place)
}

/** A shop's till stands in the shop; what is bought from a shop of another country than one is in is bought online. */
function sellOnSite(transaction: NewTransaction, place: Place): void {
  const { merchant } = transaction
  if (merchant?.country === place.country) transaction.place = placeOf(merchant.country, merchant.city)
  else transaction.channel = 'WEB'
}

function pickBiller(habits: Habits, population: Population, random: Random): Merchant {
  return random.pick(habits.billers.length > 0 ? habits.billers : population.shops)
}

/** A phone or a laptop is recognised online; at a till, a machine or a counter there is none. */
function setDevice(transaction: NewTransaction, isAway: boolean): void {
  const { habits } = transaction.member
  if (transaction.channel !== 'MOBILE' && transaction.channel !== 'WEB') return
  transaction.device = transaction.channel === 'MOBILE' ? habits.phone : habits.laptop
  transaction.ip = isAway ? habits.awayIp : habits.homeIp
}
