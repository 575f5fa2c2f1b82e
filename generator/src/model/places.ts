/** Cities where customers live and merchants sell. Coordinates are degrees. */
export interface Place {
  country: string
  city: string
  lat: number
  lon: number
  currency: Currency
  /** How many live here, relative to the others. */
  weight: number
}

/** Currencies whose unit is worth about as much as a dollar, so that a tier's amounts mean the same in each. */
export const CURRENCIES = ['USD', 'EUR', 'GBP', 'CHF', 'CAD', 'AUD', 'SGD'] as const
export type Currency = (typeof CURRENCIES)[number]

const place = (country: string, city: string, lat: number, lon: number, currency: Currency, weight: number): Place => ({
  country,
  city,
  lat,
  lon,
  currency,
  weight,
})

export const PLACES: readonly Place[] = [
  place('US', 'New York', 40.7128, -74.006, 'USD', 10),
  place('US', 'Los Angeles', 34.0522, -118.2437, 'USD', 7),
  place('US', 'Chicago', 41.8781, -87.6298, 'USD', 6),
  place('US', 'Houston', 29.7604, -95.3698, 'USD', 5),
  place('US', 'Miami', 25.7617, -80.1918, 'USD', 4),
  place('US', 'Seattle', 47.6062, -122.3321, 'USD', 4),
  place('GB', 'London', 51.5072, -0.1276, 'GBP', 7),
  place('GB', 'Manchester', 53.4808, -2.2426, 'GBP', 3),
  place('DE', 'Berlin', 52.52, 13.405, 'EUR', 5),
  place('DE', 'Munich', 48.1351, 11.582, 'EUR', 3),
  place('FR', 'Paris', 48.8566, 2.3522, 'EUR', 5),
  place('FR', 'Lyon', 45.764, 4.8357, 'EUR', 2),
  place('ES', 'Madrid', 40.4168, -3.7038, 'EUR', 4),
  place('IT', 'Milan', 45.4642, 9.19, 'EUR', 3),
  place('NL', 'Amsterdam', 52.3676, 4.9041, 'EUR', 3),
  place('CH', 'Zurich', 47.3769, 8.5417, 'CHF', 2),
  place('CA', 'Toronto', 43.6532, -79.3832, 'CAD', 4),
  place('CA', 'Vancouver', 49.2827, -123.1207, 'CAD', 2),
  place('AU', 'Sydney', -33.8688, 151.2093, 'AUD', 4),
  place('AU', 'Melbourne', -37.8136, 144.9631, 'AUD', 3),
  place('SG', 'Singapore', 1.3521, 103.8198, 'SGD', 3),
  place('VN', 'Ho Chi Minh City', 10.8231, 106.6297, 'USD', 3),
  place('VN', 'Hanoi', 21.0278, 105.8342, 'USD', 2),
  place('AE', 'Dubai', 25.2048, 55.2708, 'USD', 2),
]

const byName: ReadonlyMap<string, Place> = new Map(PLACES.map((known) => [`${known.country}/${known.city}`, known]))
const byCountry: ReadonlyMap<string, Place> = new Map(PLACES.toReversed().map((known) => [known.country, known]))

/** The place of this name, if it is in the list. */
function knownPlace(country: string, city: string): Place | undefined {
  return byName.get(`${country}/${city}`)
}

/**
 * The place of a stored country and city. Of a city that is not in the list it knows no coordinates: such a row's
 * country stands for it, and what lies in no known country is taken for the first place.
 */
export function placeOf(country: string, city: string): Place {
  return knownPlace(country, city) ?? byCountry.get(country) ?? (PLACES[0] as Place)
}

const EARTH_RADIUS_KM = 6371

/** Great-circle distance in kilometres (haversine). */
export function distanceKm(from: Place, to: Place): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const chord =
    Math.sin(radians(to.lat - from.lat) / 2) ** 2 +
    Math.cos(radians(from.lat)) * Math.cos(radians(to.lat)) * Math.sin(radians(to.lon - from.lon) / 2) ** 2
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(chord))
}
