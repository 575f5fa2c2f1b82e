import { minutes, seconds } from '@fintech-streams/contracts'
import { type Account, divideE8, type Merchant } from '@fintech-streams/ledger'
import { type Random } from '../../random.ts'
import { type NewTransaction } from '../new-transaction.ts'
import { type Market } from '../market.ts'
import { distanceKm, type Place, placeOf } from '../places.ts'
import { farPlace, fingerprint, type Member, type Population, publicIp } from '../population.ts'
import { type Typology } from '../records.ts'
import { drawAmount, TIER_PROFILES } from '../tiers.ts'

/** One transaction of a scenario; without a typology it is the customer's own, part of the story but no fraud. */
export interface ScenarioStep {
  dueMs: number
  transaction: NewTransaction
}

export interface Scene {
  population: Population
  market: Market
  random: Random
}

/** The steps of a fraud, in order of time; none where the population has nobody for it. */
export type Scenario = (scene: Scene, startMs: number) => ScenarioStep[]

/** A traveller is not faster than this between two places, so more is impossible travel. */
export const TRAVEL_MAX_KMH = 900
/** Cash of at least this much must be reported; structuring stays below. */
export const REPORTING_THRESHOLD_USD_MINOR = 10_000_00
/** Impossible travel goes at least this far, where the world is large enough. */
const FAR_KM = 3_000

/** Somebody else signs in as the customer from a new device far away, tries a small payment and empties the account. */
const accountTakeover: Scenario = ({ population, random }, startMs) => {
  const member = population.pick(random)
  const account = mainAccount(member)
  const thief = { device: fingerprint(random), ip: publicIp(random) }
  const place = farPlace(member.habits.home, FAR_KM, random)
  const { min, max } = TIER_PROFILES[member.customer.tier].amountMinor
  const common = { member, account, place, ...thief, typology: 'ACCOUNT_TAKEOVER' } as const
  const steps: ScenarioStep[] = []
  let dueMs = startMs
  const add = (transaction: NewTransaction): void => {
    steps.push({ dueMs, transaction })
    dueMs += random.int(seconds(20), minutes(3))
  }
  const shop = anyShop(population, random)
  add({
    ...common,
    type: 'PURCHASE',
    channel: 'WEB',
    merchant: shop,
    amountMinor: min,
    riskUplift: random.uniform(20, 40),
  })
  for (let left = random.int(3, 6); left > 0; left -= 1) {
    const amountMinor = Math.round(random.uniform(0.8, 2.5) * max)
    const taken = { ...common, amountMinor, riskUplift: random.uniform(40, 75) }
    const receiver = random.chance(0.7) ? population.strangersAccount(member, random) : undefined
    if (receiver === undefined) {
      add({ ...taken, type: 'PURCHASE', channel: 'WEB', merchant: anyShop(population, random) })
    } else {
      add({ ...taken, type: random.chance(0.3) ? 'WIRE_TRANSFER' : 'TRANSFER', channel: 'WEB', toAccount: receiver })
    }
  }
  return steps
}

/** A stolen card is tried with tiny online purchases, seconds apart and mostly refused; then the thief buys. */
const cardTesting: Scenario = ({ population, random }, startMs) => {
  const member = population.pick(random)
  const device = fingerprint(random)
  const ip = publicIp(random)
  const place = farPlace(member.habits.home, 0, random)
  const { max } = TIER_PROFILES[member.customer.tier].amountMinor
  const common = { member, account: mainAccount(member), place, device, ip, type: 'PURCHASE', channel: 'WEB' } as const
  const steps: ScenarioStep[] = []
  let dueMs = startMs
  const add = (amountMinor: number, declinedShare: number): void => {
    const merchant = anyShop(population, random)
    const riskUplift = random.uniform(25, 55)
    const transaction: NewTransaction = {
      ...common,
      merchant,
      amountMinor,
      declinedShare,
      riskUplift,
      typology: 'CARD_TESTING',
    }
    steps.push({ dueMs, transaction })
    dueMs += random.int(seconds(2), seconds(10))
  }
  for (let left = random.int(10, 20); left > 0; left -= 1) add(random.int(50, 499), 0.6)
  for (let left = random.int(1, 2); left > 0; left -= 1) add(Math.round(random.uniform(0.5, 1) * max), 0.2)
  return steps
}

/** One large sum of cash is paid in as several that each stay just below the amount that must be reported. */
const structuring: Scenario = ({ population, market, random }, startMs) => {
  const member = population.pick(random)
  const account = mainAccount(member)
  const fxRateE8 = market.fxRates(account.currency)
  if (fxRateE8 === undefined) return []
  let dueMs = startMs
  return Array.from({ length: random.int(5, 9) }, () => {
    const amountMinor = divideE8(
      random.int(90, 99) * (REPORTING_THRESHOLD_USD_MINOR / 100) - random.int(1, 5_000),
      fxRateE8,
    )
    const transaction: NewTransaction = {
      member,
      account,
      type: 'DEPOSIT',
      amountMinor,
      channel: random.chance(0.5) ? 'BRANCH' : 'ATM',
      place: member.habits.home,
      riskUplift: random.uniform(15, 40),
      typology: 'STRUCTURING',
    }
    const step = { dueMs, transaction }
    dueMs += random.int(minutes(1), minutes(4))
    return step
  })
}

/** Victims of one swindle send money to the same account, whose owner passes most of it on at once. */
const muleFanIn: Scenario = ({ population, random }, startMs) => {
  const mule = population.pick(random)
  const account = mainAccount(mule)
  const wanted = random.int(6, 12)
  const victims = new Set<Member>()
  for (let tries = 0; tries < wanted * 4 && victims.size < wanted; tries += 1) {
    const victim = population.pick(random)
    if (victim !== mule) victims.add(victim)
  }
  const receiver = population.strangersAccount(mule, random)
  if (victims.size < 2 || receiver === undefined) return []
  let dueMs = startMs
  const steps = [...victims].map((member): ScenarioStep => {
    const amountMinor = Math.round(random.uniform(0.3, 0.9) * TIER_PROFILES[member.customer.tier].amountMinor.max)
    const { phone: device, homeIp: ip, home: place } = member.habits
    const sent = {
      member,
      account: mainAccount(member),
      type: 'TRANSFER',
      channel: 'MOBILE',
      device,
      ip,
      place,
    } as const
    const transaction: NewTransaction = {
      ...sent,
      toAccount: account,
      amountMinor,
      riskUplift: random.uniform(10, 50),
      typology: 'MULE_FAN_IN',
    }
    const step = { dueMs, transaction }
    dueMs += random.int(seconds(10), seconds(75))
    return step
  })
  const collected = steps.reduce((sum, { transaction }) => sum + transaction.amountMinor, 0)
  const { laptop: device, homeIp: ip, home: place } = mule.habits
  const transaction: NewTransaction = {
    member: mule,
    account,
    type: 'WIRE_TRANSFER',
    channel: 'WEB',
    device,
    ip,
    place,
    toAccount: receiver,
    amountMinor: Math.round(collected * random.uniform(0.8, 0.95)),
    riskUplift: random.uniform(40, 70),
    typology: 'MULE_FAN_IN',
  }
  return [...steps, { dueMs: dueMs + random.int(seconds(30), minutes(2)), transaction }]
}

/** The customer pays at home; minutes later a copy of the card pays and draws cash on another continent. */
const impossibleTravel: Scenario = ({ population, random }, startMs) => {
  const member = population.pick(random)
  const { home } = member.habits
  const card = { member, account: mainAccount(member) }
  const homeShop = population.shopIn(home.country, random)
  const atHome = homeShop === undefined ? cash(home) : till(homeShop)
  const isFar = (place: Place): boolean => place.country !== home.country && distanceKm(atHome.place, place) >= FAR_KM
  const farShops = population.shops.filter((shop) => isFar(placeOf(shop.country, shop.city)))
  const farShop = farShops.length > 0 ? random.pick(farShops) : undefined
  const far = farShop === undefined ? farPlace(home, FAR_KM, random) : placeOf(farShop.country, farShop.city)
  const draw = (): number => drawAmount(member.customer.tier, random)
  const steps: ScenarioStep[] = [{ dueMs: startMs, transaction: { ...card, ...atHome, amountMinor: draw() } }]
  // Half the time that the fastest traveller would need, at most.
  const latestMs = Math.min(minutes(20), (distanceKm(atHome.place, far) / TRAVEL_MAX_KMH) * minutes(30))
  let dueMs = startMs + Math.round(random.uniform(minutes(3), latestMs))
  for (let left = random.int(2, 3); left > 0; left -= 1) {
    const where = farShop === undefined || random.chance(0.4) ? cash(far) : till(farShop)
    const riskUplift = random.uniform(30, 65)
    const transaction: NewTransaction = {
      ...card,
      ...where,
      amountMinor: draw(),
      riskUplift,
      typology: 'IMPOSSIBLE_TRAVEL',
    }
    steps.push({ dueMs, transaction })
    dueMs += random.int(seconds(30), minutes(2))
  }
  return steps
}

/** A program pays with the customer's own device: many ordinary purchases within a minute or two. */
const velocityBurst: Scenario = ({ population, random }, startMs) => {
  const member = population.pick(random)
  const { phone: device, homeIp: ip, home: place } = member.habits
  const account = mainAccount(member)
  let dueMs = startMs
  return Array.from({ length: random.int(15, 30) }, () => {
    const transaction: NewTransaction = {
      member,
      account,
      type: 'PURCHASE',
      channel: 'MOBILE',
      device,
      ip,
      place,
      merchant: random.pick(member.habits.shops),
      amountMinor: drawAmount(member.customer.tier, random),
      declinedShare: 0.1,
      riskUplift: random.uniform(10, 45),
      typology: 'VELOCITY_BURST',
    }
    const step = { dueMs, transaction }
    dueMs += random.int(seconds(1), seconds(5))
    return step
  })
}

export const SCENARIOS: Readonly<Record<Typology, Scenario>> = {
  ACCOUNT_TAKEOVER: accountTakeover,
  CARD_TESTING: cardTesting,
  STRUCTURING: structuring,
  MULE_FAN_IN: muleFanIn,
  IMPOSSIBLE_TRAVEL: impossibleTravel,
  VELOCITY_BURST: velocityBurst,
}

function mainAccount(member: Member): Account {
  return member.accounts[0] as Account
}

function anyShop(population: Population, random: Random): Merchant {
  return random.pick(population.shops)
}

const cash = (place: Place) => ({ type: 'WITHDRAWAL', channel: 'ATM', place }) as const

const till = (merchant: Merchant) =>
  ({ type: 'PURCHASE', channel: 'POS', place: placeOf(merchant.country, merchant.city), merchant }) as const
