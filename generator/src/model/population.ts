import { type Account, type Customer, type Merchant } from '@fintech-streams/ledger'
import { choiceOf, Random, WeightedChoice } from '../random.ts'
import { BILLERS } from './merchants.ts'
import { distanceKm, type Place, placeOf, PLACES } from './places.ts'
import { TIER_PROFILES } from './tiers.ts'

/** A customer with what it owns and what it is used to. */
export interface Member {
  customer: Customer
  /** At least one; the first is the one it pays from most. */
  accounts: readonly Account[]
  habits: Habits
}

/** What is ordinary for a customer. It follows from the customer's id, so it survives a restart without being stored. */
export interface Habits {
  home: Place
  /** Where the customer travels; often in its own country. */
  away: Place
  phone: string
  laptop: string
  homeIp: string
  awayIp: string
  /** Where it buys. */
  shops: readonly Merchant[]
  /** Whose bills it pays. */
  billers: readonly Merchant[]
  /** Accounts of others to which it sends money; empty when there is no other customer. */
  payees: readonly Account[]
  /** How many transactions it makes in a day of its own accord. */
  dailyTransactions: number
}

const SHOPS_KNOWN = 10
const BILLERS_KNOWN = 3
const PAYEES_KNOWN = 5
const accountOrder: Readonly<Record<Account['type'], number>> = { CHECKING: 0, BUSINESS: 0, CREDIT: 1, SAVINGS: 2 }
const shopOrigin = choiceOf({ home: 85, anywhere: 15 })

/** All customers, accounts and merchants that transactions happen among. */
export class Population {
  readonly members: readonly Member[]
  readonly shops: readonly Merchant[]
  readonly billers: readonly Merchant[]
  readonly #accounts: readonly Account[]
  readonly #shopsByCountry: ReadonlyMap<string, Merchant[]>
  readonly #byActivity: WeightedChoice<Member>
  readonly #memberOf = new Map<string, Member>()

  /**
   * The order within the lists does not matter.
   * @param activity how often a customer is chosen: by its tier's weight, or by the number of its daily transactions.
   * @throws RangeError without a customer with an account, or without a merchant that sells.
   */
  constructor(
    customers: readonly Customer[],
    accounts: readonly Account[],
    merchants: readonly Merchant[],
    activity: 'tier' | 'daily' = 'tier',
  ) {
    const sortedMerchants = merchants.toSorted((one, other) => compare(one.merchantId, other.merchantId))
    this.shops = sortedMerchants.filter(({ category }) => !BILLERS.has(category))
    this.billers = sortedMerchants.filter(({ category }) => BILLERS.has(category))
    this.#shopsByCountry = Map.groupBy(this.shops, ({ country }) => country)
    const owned = Map.groupBy(accounts, ({ customerId }) => customerId)
    for (const list of owned.values()) list.sort(byUse)
    const owners = customers
      .filter(({ customerId }) => owned.has(customerId))
      .sort((one, other) => compare(one.customerId, other.customerId))
    if (owners.length === 0) throw new RangeError('no customer has an account')
    if (this.shops.length === 0) throw new RangeError('there is no merchant that sells')
    this.#accounts = owners.flatMap(({ customerId }) => owned.get(customerId) ?? [])
    this.members = owners.map((customer) => this.#member(customer, owned.get(customer.customerId) ?? []))
    const weightOf = (member: Member): number =>
      activity === 'tier' ? TIER_PROFILES[member.customer.tier].weight : member.habits.dailyTransactions
    this.#byActivity = new WeightedChoice(this.members.map((member) => [member, weightOf(member)] as const))
    for (const member of this.members) {
      for (const { accountId } of member.accounts) this.#memberOf.set(accountId, member)
    }
  }

  /** A customer, the more active ones more often. */
  pick(random: Random): Member {
    return this.#byActivity.pick(random)
  }

  /** The owner of an account. */
  ownerOf(account: Account): Member {
    const owner = this.#memberOf.get(account.accountId)
    if (owner === undefined) throw new RangeError(`account ${account.accountId} has no owner`)
    return owner
  }

  /** An account that belongs to somebody else; undefined when nobody else has one. */
  strangersAccount(member: Member, random: Random): Account | undefined {
    // With more than one customer a try misses at most every second time, so this ends; the bound is for one customer.
    for (let tries = 0; tries < 64; tries += 1) {
      const account = random.pick(this.#accounts)
      if (account.customerId !== member.customer.customerId) return account
    }
    return undefined
  }

  /** A shop in the country, if there is one. */
  shopIn(country: string, random: Random): Merchant | undefined {
    const shops = this.#shopsByCountry.get(country)
    return shops === undefined ? undefined : random.pick(shops)
  }

  /** Sum of what all customers do in a day of their own accord. */
  dailyTransactions(): number {
    return this.members.reduce((sum, { habits }) => sum + habits.dailyTransactions, 0)
  }

  #member(customer: Customer, accounts: readonly Account[]): Member {
    const habitsOf = (): Habits => this.#habits(customer)
    let habits: Habits | undefined
    return {
      customer,
      accounts,
      /** Made when first asked for: most of a large population is never chosen in a short run. */
      get habits() {
        return (habits ??= habitsOf())
      },
    }
  }

  #habits(customer: Customer): Habits {
    const random = new Random('habits', customer.customerId)
    const home = placeOf(customer.country, customer.city)
    const nearby = PLACES.filter((place) => place.country === home.country && place.city !== home.city)
    const away = nearby.length > 0 && random.chance(0.6) ? random.pick(nearby) : random.pick(PLACES)
    const { min, max } = TIER_PROFILES[customer.tier].dailyTransactions
    const payees = Array.from({ length: PAYEES_KNOWN }, () => random.pick(this.#accounts))
    return {
      home,
      away,
      phone: fingerprint(random),
      laptop: fingerprint(random),
      homeIp: publicIp(random),
      awayIp: publicIp(random),
      shops: Array.from({ length: SHOPS_KNOWN }, () => this.#shop(home, random)),
      billers: random.sample(this.billers, BILLERS_KNOWN),
      payees: payees.filter((account) => account.customerId !== customer.customerId),
      dailyTransactions: random.int(min, max),
    }
  }

  #shop(home: Place, random: Random): Merchant {
    const local = shopOrigin.pick(random) === 'home' ? this.shopIn(home.country, random) : undefined
    return local ?? random.pick(this.shops)
  }
}

/** A place in another country, at least `km` away where there is one. */
export function farPlace(from: Place, km: number, random: Random): Place {
  const abroad = PLACES.filter((place) => place.country !== from.country)
  const far = abroad.filter((place) => distanceKm(from, place) >= km)
  return random.pick(far.length > 0 ? far : abroad)
}

/** A device's fingerprint. */
export function fingerprint(random: Random): string {
  return random.uuid().replaceAll('-', '').slice(0, 16)
}

/** An address of the blocks that are kept for documentation and benchmarks, so that it is nobody's. */
export function publicIp(random: Random): string {
  return `198.${random.int(18, 19)}.${random.int(0, 255)}.${random.int(1, 254)}`
}

function byUse(one: Account, other: Account): number {
  return accountOrder[one.type] - accountOrder[other.type] || compare(one.accountId, other.accountId)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
