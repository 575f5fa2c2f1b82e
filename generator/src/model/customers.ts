import { type Faker } from '@faker-js/faker'
import { DAY_MS } from '@fintech-streams/contracts'
import { type AccountType, type NewAccount, type NewCustomer, type Tier, TIERS } from '@fintech-streams/ledger'
import { type Random, WeightedChoice } from '../random.ts'
import { CURRENCIES, type Place, placeOf, PLACES } from './places.ts'
import { drawCustomerRisk, TIER_PROFILES, tierCounts } from './tiers.ts'

const places = new WeightedChoice(PLACES.map((place) => [place, place.weight] as const))
/** How long ago customers joined. */
const JOINED_DAYS = { min: 30, max: 5 * 365 }
const MEAN_CREDIT_SCORE: Readonly<Record<Tier, number>> = { BASIC: 650, PREMIUM: 700, VIP: 750, ENTERPRISE: 780 }

/** Customers with the tiers' shares, in random order, none created after `nowMs`. */
export function createCustomers(count: number, nowMs: number, random: Random, faker: Faker): NewCustomer[] {
  const counts = tierCounts(count)
  const tiers = TIERS.flatMap((tier) => Array.from({ length: counts[tier] }, () => tier))
  return random.sample(tiers, count).map((tier) => createCustomer(tier, nowMs, random, faker))
}

function createCustomer(tier: Tier, nowMs: number, random: Random, faker: Faker): NewCustomer {
  const firstName = faker.person.firstName()
  const lastName = faker.person.lastName()
  const { city, country } = places.pick(random)
  const ageDays = random.int(18 * 365, 85 * 365)
  return {
    customerId: random.uuid(),
    firstName,
    lastName,
    // A domain that can never receive mail.
    email: faker.internet.email({ firstName, lastName, provider: 'example.com' }).toLowerCase(),
    phone: faker.phone.number({ style: 'international' }),
    dateOfBirth: new Date(nowMs - ageDays * DAY_MS).toISOString().slice(0, 10),
    address: faker.location.streetAddress(),
    city,
    country,
    tier,
    riskScore: drawCustomerRisk(tier, random),
    creditScore: Math.round(Math.min(850, Math.max(300, random.gauss(MEAN_CREDIT_SCORE[tier], 60)))),
    kycStatus: random.chance(0.97) ? 'VERIFIED' : 'PENDING',
    createdAtMs: nowMs - random.int(JOINED_DAYS.min, JOINED_DAYS.max) * DAY_MS,
  }
}

/** The accounts of one customer; the first is the one it pays from most. */
export function createAccounts(customer: NewCustomer, random: Random): NewAccount[] {
  const { tier } = customer
  const home = placeOf(customer.country, customer.city)
  const types: AccountType[] = [tier === 'ENTERPRISE' ? 'BUSINESS' : 'CHECKING']
  if (random.chance(0.5)) types.push('SAVINGS')
  if (tier !== 'BASIC' && random.chance(0.6)) types.push('CREDIT')
  const accounts = types.map((type) => createAccount(customer, type, home.currency, random))
  if (tier === 'ENTERPRISE') accounts.push(createAccount(customer, 'BUSINESS', foreignCurrency(home, random), random))
  return accounts
}

function createAccount(customer: NewCustomer, type: AccountType, currency: string, random: Random): NewAccount {
  const { mean, max } = TIER_PROFILES[customer.tier].amountMinor
  const isCredit = type === 'CREDIT'
  return {
    accountId: random.uuid(),
    customerId: customer.customerId,
    type,
    status: 'ACTIVE',
    currency,
    // Enough for some hundred ordinary transactions before the account has to be filled up.
    balanceMinor: isCredit ? 0 : mean * random.int(200, 1_000),
    creditLimitMinor: isCredit ? max * random.int(5, 20) : 0,
    interestRate: isCredit ? random.int(1_200, 2_400) / 10_000 : type === 'SAVINGS' ? random.int(50, 400) / 10_000 : 0,
    createdAtMs: customer.createdAtMs,
  }
}

function foreignCurrency(home: Place, random: Random): string {
  return random.pick(CURRENCIES.filter((currency) => currency !== home.currency))
}
