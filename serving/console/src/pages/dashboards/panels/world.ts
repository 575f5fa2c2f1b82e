import type { MultiPolygon, Polygon, Position } from 'geojson'
import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import topology from 'world-atlas/countries-110m.json'
import { registerMap } from '../../../charts/echarts.ts'

/** The name under which the map is registered. */
export const WORLD = 'world'

type World = Topology<{ countries: GeometryCollection<{ name: string }> }>
const all = feature(topology as unknown as World, (topology as unknown as World).objects.countries)
/** Without Antarctica, where nobody pays. */
const countries = { ...all, features: all.features.filter(({ properties }) => properties.name !== 'Antarctica') }

registerMap(WORLD, countries as unknown as Parameters<typeof registerMap>[1])

const NAMES = new Intl.DisplayNames('en', { type: 'region' })

/** The map's own names, where they are not those of the browser. */
const MAP_NAMES: Readonly<Record<string, string>> = {
  BA: 'Bosnia and Herz.',
  CD: 'Dem. Rep. Congo',
  CF: 'Central African Rep.',
  CG: 'Congo',
  CI: "Côte d'Ivoire",
  DO: 'Dominican Rep.',
  EH: 'W. Sahara',
  FK: 'Falkland Is.',
  GQ: 'Eq. Guinea',
  MK: 'Macedonia',
  MM: 'Myanmar',
  SB: 'Solomon Is.',
  SS: 'S. Sudan',
  SZ: 'eSwatini',
  TR: 'Turkey',
  US: 'United States of America',
}

/** Where the map has no country: it is too small. */
const SMALL: Readonly<Record<string, Coordinates>> = {
  BH: [50.55, 26.07],
  HK: [114.17, 22.32],
  MC: [7.42, 43.74],
  MO: [113.54, 22.2],
  MT: [14.45, 35.9],
  SG: [103.82, 1.35],
}

type Coordinates = readonly [longitude: number, latitude: number]

const byName = new Map(countries.features.map(({ properties, geometry }) => [properties.name, geometry]))

/** A country's name by its code of two letters. */
export function countryName(code: string): string {
  try {
    return NAMES.of(code) ?? code
  } catch {
    return code
  }
}

/** The middle of a country's largest part; undefined when the map does not know the country. */
export function coordinatesOf(code: string): Coordinates | undefined {
  const geometry = byName.get(MAP_NAMES[code] ?? countryName(code))
  if (geometry?.type !== 'Polygon' && geometry?.type !== 'MultiPolygon') return SMALL[code]
  return middleOf(largestRing(geometry))
}

function largestRing(geometry: Polygon | MultiPolygon): Position[] {
  const rings = geometry.type === 'Polygon' ? [geometry.coordinates[0]!] : geometry.coordinates.map(([ring]) => ring!)
  return rings.reduce((largest, ring) => (Math.abs(areaOf(ring)) > Math.abs(areaOf(largest)) ? ring : largest))
}

/** Twice the signed area, in square degrees. */
function areaOf(ring: Position[]): number {
  return pairs(ring).reduce((sum, [[x1 = 0, y1 = 0], [x2 = 0, y2 = 0]]) => sum + x1 * y2 - x2 * y1, 0)
}

/** The centroid. */
function middleOf(ring: Position[]): Coordinates {
  const area = areaOf(ring)
  let [x, y] = [0, 0]
  for (const [[x1 = 0, y1 = 0], [x2 = 0, y2 = 0]] of pairs(ring)) {
    const cross = x1 * y2 - x2 * y1
    x += (x1 + x2) * cross
    y += (y1 + y2) * cross
  }
  return [x / (3 * area), y / (3 * area)]
}

const pairs = (ring: Position[]): [Position, Position][] =>
  ring.slice(1).map((point, at): [Position, Position] => [ring[at]!, point])
