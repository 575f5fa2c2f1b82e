import { Random } from '@fintech-streams/generator'

/** Where customers live and shops stand, with the currency there. */
const PLACES = [
  ['US', 'New York', 'USD'],
  ['US', 'Chicago', 'USD'],
  ['US', 'Miami', 'USD'],
  ['GB', 'London', 'GBP'],
  ['GB', 'Manchester', 'GBP'],
  ['DE', 'Berlin', 'EUR'],
  ['DE', 'Munich', 'EUR'],
  ['FR', 'Paris', 'EUR'],
  ['FR', 'Lyon', 'EUR'],
  ['ES', 'Madrid', 'EUR'],
  ['IT', 'Milan', 'EUR'],
  ['NL', 'Amsterdam', 'EUR'],
  ['CH', 'Zurich', 'CHF'],
  ['CA', 'Toronto', 'CAD'],
  ['AU', 'Sydney', 'AUD'],
  ['SG', 'Singapore', 'SGD'],
  ['VN', 'Ho Chi Minh City', 'USD'],
  ['VN', 'Hanoi', 'USD'],
  ['AE', 'Dubai', 'USD'],
  ['BR', 'São Paulo', 'USD'],
] as const

/** Merchant categories with their codes. */
const CATEGORIES = [
  ['GROCERY', '5411'],
  ['RESTAURANT', '5812'],
  ['FUEL', '5541'],
  ['CLOTHING', '5651'],
  ['ELECTRONICS', '5732'],
  ['PHARMACY', '5912'],
  ['ONLINE_RETAIL', '5964'],
  ['ENTERTAINMENT', '7832'],
  ['TRAVEL', '4722'],
  ['HOTEL', '7011'],
  ['JEWELRY', '5944'],
  ['GAMBLING', '7995'],
] as const

const MERCHANTS_MAX = 5_000
const SHOPS_KNOWN = 10

export interface Place {
  readonly country: string
  readonly city: string
  readonly currency: string
  /** As the row has it: JSON text. */
  readonly location: string
}

export interface Merchant {
  readonly id: string
  readonly category: string
  readonly mcc: string
}

/** A customer and what is usual for it. */
export interface Customer {
  readonly id: string
  readonly accounts: readonly string[]
  readonly home: Place
  readonly away: Place
  readonly phone: string
  readonly laptop: string
  readonly ip: string
  readonly shops: readonly Merchant[]
  /** The median of its amounts, in cents. */
  readonly usualMinor: number
}

/** Customers by number. One is made when it is first asked for, from its number alone, so the order does not matter. */
export class Population {
  readonly size: number
  readonly places: readonly Place[]
  readonly merchants: readonly Merchant[]
  readonly #seed: number
  readonly #customers = new Map<number, Customer>()

  constructor(size: number, seed: number) {
    const random = new Random(seed, 'merchants')
    this.size = size
    this.#seed = seed
    this.places = PLACES.map(([country, city, currency], at) => ({
      country,
      city,
      currency,
      location: JSON.stringify({ country, city, lat: 10.25 + at, lon: 20.5 + at }),
    }))
    const count = Math.min(MERCHANTS_MAX, Math.max(40, Math.round(size / 2)))
    this.merchants = Array.from({ length: count }, () => {
      const [category, mcc] = random.pick(CATEGORIES)
      return { id: random.uuid(), category, mcc }
    })
  }

  customer(number: number): Customer {
    const known = this.#customers.get(number)
    if (known !== undefined) return known
    const made = this.#make(number)
    this.#customers.set(number, made)
    return made
  }

  #make(number: number): Customer {
    const random = new Random(this.#seed, 'customer', number)
    const tier = random.unit()
    const device = (): string => random.uuid().replaceAll('-', '').slice(0, 16)
    return {
      id: random.uuid(),
      accounts: Array.from({ length: random.int(1, 3) }, () => random.uuid()),
      home: random.pick(this.places),
      away: random.pick(this.places),
      phone: device(),
      laptop: device(),
      ip: `198.18.${random.int(0, 255)}.${random.int(1, 254)}`,
      shops: Array.from({ length: SHOPS_KNOWN }, () => random.pick(this.merchants)),
      usualMinor: Math.round(random.uniform(10_00, 90_00) * (tier < 0.8 ? 1 : tier < 0.95 ? 4 : tier < 0.99 ? 15 : 80)),
    }
  }
}
