import { ByteReader, ByteWriter } from '@fintech-streams/records'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aggregates, type Aggregates } from '../aggregates.ts'
import { Layout, parseLayout, skipRow } from '../layout.ts'
import { columnContext } from '../operator-context.ts'
import { HEAD_CELLS, WindowTable } from '../window-table.ts'
import { type AmountDistribution, type Distribution } from './distribution.ts'

interface Sale {
  readonly key: number
  readonly amount: number
  readonly city: string | undefined
  readonly tags: readonly string[]
  readonly isLarge: boolean
}

const { count, countBy, countEach, first, keyCounts, max, min, own, sum, sumBy } = aggregates<Sale>()
const isLarge = (sale: Sale): boolean => sale.isLarge

const ALL = {
  all: count(),
  large: count({ when: isLarge }),
  total: sum('amount'),
  largeTotal: sum('amount', { when: isLarge }),
  least: min('amount'),
  largest: max('amount'),
  largestOfLarge: max('amount', { when: isLarge }),
  cities: countBy('city'),
  tags: countEach('tags'),
  byCity: sumBy('city', 'amount'),
  largeByCity: sumBy('city', 'amount', { when: isLarge }),
  firstCities: first(5, 'city'),
  customers: keyCounts(3),
  squares: own({
    create: () => ({ tags: 0, cities: [] as string[] }),
    add: (acc, sale) => {
      acc.tags += sale.tags.length
      if (sale.city !== undefined) acc.cities.push(sale.city)
    },
    merge: (into, from) => {
      into.tags += from.tags
      into.cities.push(...from.cities)
    },
  }),
} satisfies Aggregates<Sale>

/** Few and many values, and amounts whose sums leave the safe integers. */
const city = fc.oneof(
  fc.constantFrom(undefined, '__proto__', 'Zürich', 'Berlin'),
  fc.integer({ min: 0, max: 200 }).map((n) => `city ${n}`),
)
const sale: fc.Arbitrary<Sale> = fc.record({
  key: fc.integer({ min: 0, max: 9 }),
  amount: fc.oneof(fc.nat(2_000_000), fc.maxSafeNat()),
  city,
  tags: fc.subarray(['a', 'b', 'ü']),
  isLarge: fc.boolean(),
})
const sales = fc.oneof(fc.array(sale, { maxLength: 12 }), fc.array(sale, { minLength: 100, maxLength: 300 }))

type Plain = Record<string, unknown>

/** One operator's table, of which each test uses a few rows. */
class Share {
  readonly table: WindowTable

  constructor(of: Aggregates<Sale> = ALL) {
    const context = columnContext((key) => `key ${key}`)
    context.texts.untilMs = Number.POSITIVE_INFINITY
    this.table = new WindowTable(new Layout('sales', of, context, HEAD_CELLS), 0, 1)
  }

  add(events: readonly Sale[], row = 0): this {
    this.table.open(row)
    for (const event of events) {
      this.table.rows.sourceKey = event.key
      this.table.layout.add(this.table.rows, event as never)
    }
    return this
  }

  written(row = 0): Buffer {
    const into = new ByteWriter()
    this.table.open(row)
    this.table.layout.write(this.table.rows, into)
    return into.bytes.subarray(0, into.length)
  }

  merge(bytes: Buffer, row = 0, text = this.table.layout.text): this {
    const from = new ByteReader(bytes)
    this.table.open(row)
    this.table.layout.merge(this.table.rows, parseLayout(text), from)
    expect(from.isAtEnd).toBe(true)
    return this
  }

  values(row = 0): Plain {
    this.table.open(row)
    const values = Object.entries(this.table.layout.values(this.table.rows))
    return Object.fromEntries(values.map(([name, value]) => [name, plain(value)]))
  }
}

function plain(value: unknown): unknown {
  if (value === undefined) return undefined
  const view = value as Partial<Distribution & AmountDistribution>
  if (typeof view.forEach !== 'function' || Array.isArray(value)) return structuredClone(value)
  const entries: [string, unknown][] = []
  ;(value as Distribution).forEach((name, number) => entries.push([name, number]))
  return entries
}

/** By plain arithmetic. */
function expected(events: readonly Sale[]): Plain {
  const large = events.filter(isLarge)
  const exact = (all: readonly Sale[]): number | bigint => {
    const total = all.reduce((sum, { amount }) => sum + BigInt(amount), 0n)
    return total <= Number.MAX_SAFE_INTEGER ? Number(total) : total
  }
  const by = (all: readonly Sale[], of: (those: Sale[]) => unknown): [string, unknown][] => {
    const named = all.filter((one) => one.city !== undefined)
    const names = [...new Set(named.map((one) => one.city!))]
    return names.map((name) => [name, of(named.filter((one) => one.city === name))])
  }
  const tags = events.flatMap((one) => one.tags)
  const keys = [...Map.groupBy(events, ({ key }) => `key ${key}`)].map(([key, of]): [string, number] => [
    key,
    of.length,
  ])
  const named = events.flatMap((one) => (one.city === undefined ? [] : [one.city]))
  return {
    all: events.length,
    large: large.length,
    total: exact(events),
    largeTotal: exact(large),
    least: events.length === 0 ? undefined : Math.min(...events.map(({ amount }) => amount)),
    largest: events.length === 0 ? undefined : Math.max(...events.map(({ amount }) => amount)),
    largestOfLarge: large.length === 0 ? undefined : Math.max(...large.map(({ amount }) => amount)),
    cities: by(events, (those) => those.length),
    tags: [...new Set(tags)].map((tag) => [tag, tags.filter((other) => other === tag).length]),
    byCity: by(events, exact),
    largeByCity: by(large, exact),
    firstCities: named.slice(0, 5),
    customers: {
      unique: keys.length,
      returning: keys.filter(([, events]) => events >= 2).length,
      top: keys.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, 3),
    },
    squares: { tags: tags.length, cities: named },
  }
}

/** Without regard to the order in which entries came. */
const unordered = ({ firstCities: _, squares: __, ...values }: Plain): Plain =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(String).sort() : value]),
  )

/** Partitions have no key in common. */
const apart = (events: readonly Sale[], by: number): Sale[] =>
  events.map((one) => ({ ...one, key: one.key + 100 * by }))

test('each aggregate is what plain arithmetic gives', () => {
  fc.assert(
    fc.property(sales, (events) => {
      expect(new Share().add(events).values()).toEqual(expected(events))
    }),
  )
})

test('parts merge into what the whole gives', () => {
  fc.assert(
    fc.property(sales, sales, (a, b) => {
      const other = apart(b, 1)
      const merged = new Share().merge(new Share().add(a).written()).merge(new Share().add(other).written())
      expect(merged.values()).toEqual(expected([...a, ...other]))
    }),
  )
})

test('parts merge in any order and grouping', () => {
  fc.assert(
    fc.property(sales, sales, sales, (a, b, c) => {
      const parts = [a, apart(b, 1), apart(c, 2)].map((part) => new Share().add(part).written())
      const straight = parts.reduce((share, part) => share.merge(part), new Share())
      const right = new Share().merge(parts[2]!).merge(parts[1]!).written()
      expect(unordered(new Share().merge(right).merge(parts[0]!).values())).toEqual(unordered(straight.values()))
    }),
  )
})

test('a row goes on from what was written as if nothing had happened, beside others', () => {
  fc.assert(
    fc.property(sales, sales, (before, after) => {
      const share = new Share().add(after, 1).merge(new Share().add(before).written()).add(apart(after, 1))
      expect(share.values()).toEqual(expected([...before, ...apart(after, 1)]))
      expect(share.values(1)).toEqual(expected(after))
    }),
  )
})

test('a row that is cleared is a fresh one, but for its pairs of keys', () => {
  fc.assert(
    fc.property(sales, sales, (before, after) => {
      const share = new Share().add(before)
      share.table.layout.clear(share.table.rows)
      const { customers: _, ...values } = share.add(after).values()
      const { customers: __, ...fresh } = expected(after)
      expect(values).toEqual(fresh)
    }),
  )
})

test('what another form of the job wrote is taken by name and kind', () => {
  const { all, total: _replaced, ...others } = ALL
  const renamed = { ...others, everything: all, total: count() }
  fc.assert(
    fc.property(sales, (events) => {
      const written = new Share().add(events)
      const read = new Share(renamed).merge(written.written(), 0, written.table.layout.text).values()
      const { all: _, total: __, ...same } = expected(events)
      expect(read).toEqual({ ...same, everything: 0, total: 0 })
    }),
  )
})

test('a row that is cut short, or has more, is none', () => {
  fc.assert(
    fc.property(sales, fc.nat(), (events, cut) => {
      const share = new Share().add(events)
      const bytes = share.written()
      const layout = parseLayout(share.table.layout.text)
      const whole = new ByteReader(bytes)
      skipRow(layout, whole)
      expect(whole.isAtEnd).toBe(true)
      expect(() => skipRow(layout, new ByteReader(bytes.subarray(0, cut % bytes.length)))).toThrow()
    }),
  )
})
