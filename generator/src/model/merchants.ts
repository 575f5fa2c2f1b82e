import { type Faker } from '@faker-js/faker'
import { DAY_MS, type RiskLevel } from '@fintech-streams/contracts'
import { type NewMerchant } from '@fintech-streams/ledger'
import { choiceOf, type Random, WeightedChoice } from '../random.ts'
import { PLACES } from './places.ts'

const YEAR_MS = 365 * DAY_MS

interface Category {
  mcc: string
  businessType: string
  riskLevel: RiskLevel
  /** How many merchants are of this category, relative to the others. */
  weight: number
}

const category = (mcc: string, businessType: string, weight: number, riskLevel: RiskLevel = 'LOW'): Category => ({
  mcc,
  businessType,
  riskLevel,
  weight,
})

/** What merchants sell, with the merchant category code (ISO 18245) of each. */
export const CATEGORIES = {
  GROCERY: category('5411', 'RETAIL', 16),
  RESTAURANT: category('5812', 'HOSPITALITY', 14),
  FUEL: category('5541', 'RETAIL', 8),
  CLOTHING: category('5651', 'RETAIL', 8),
  ELECTRONICS: category('5732', 'RETAIL', 7, 'MEDIUM'),
  PHARMACY: category('5912', 'HEALTH', 6),
  ONLINE_RETAIL: category('5964', 'ECOMMERCE', 10),
  ENTERTAINMENT: category('7832', 'LEISURE', 6),
  TRAVEL: category('4722', 'LEISURE', 5, 'MEDIUM'),
  HOTEL: category('7011', 'HOSPITALITY', 4),
  JEWELRY: category('5944', 'RETAIL', 2, 'HIGH'),
  GAMBLING: category('7995', 'LEISURE', 2, 'HIGH'),
  UTILITIES: category('4900', 'SERVICES', 5),
  TELECOM: category('4814', 'SERVICES', 4),
  INSURANCE: category('6300', 'SERVICES', 3),
} as const satisfies Readonly<Record<string, Category>>

export type CategoryName = keyof typeof CATEGORIES

/** Categories that are paid by bill (PAYMENT); the others sell (PURCHASE). */
export const BILLERS: ReadonlySet<string> = new Set<CategoryName>(['UTILITIES', 'TELECOM', 'INSURANCE'])

const byWeight = choiceOf(
  Object.fromEntries(Object.entries(CATEGORIES).map(([name, { weight }]) => [name, weight])) as Record<
    CategoryName,
    number
  >,
)
const places = new WeightedChoice(PLACES.map((place) => [place, place.weight] as const))

/** How many merchants serve this many customers. */
export function merchantCount(customers: number): number {
  return Math.min(5_000, Math.max(40, Math.round(customers / 2)))
}

/** Merchants; the first ones make sure that something is sold and something is billed. */
export function createMerchants(count: number, nowMs: number, random: Random, faker: Faker): NewMerchant[] {
  return Array.from({ length: count }, (_, at) => {
    const name = at === 0 ? 'GROCERY' : at === 1 ? 'UTILITIES' : byWeight.pick(random)
    const { mcc, businessType, riskLevel } = CATEGORIES[name]
    const place = places.pick(random)
    return {
      merchantId: random.uuid(),
      name: faker.company.name(),
      businessType,
      category: name,
      mcc,
      address: faker.location.streetAddress(),
      city: place.city,
      country: place.country,
      riskLevel,
      createdAtMs: nowMs - random.int(1, 10) * YEAR_MS,
    }
  })
}
