import { describe, expect, it } from 'vitest'
import { TIERS } from '@fintech-streams/ledger'
import { Random } from '../random.ts'
import { populationOf, testWorld } from '../testing/world.ts'
import { distanceKm, placeOf } from './places.ts'
import { farPlace, Population } from './population.ts'
import { TIER_PROFILES } from './tiers.ts'

const DRAWS = 200_000

describe('Population', () => {
  it('chooses customers by the weight of their tier: 1, 2, 3 and 4', async () => {
    const population = populationOf(await testWorld(100))
    const random = new Random('pick')
    const seen = new Map<string, number>()
    for (let n = 0; n < DRAWS; n += 1) {
      const { tier } = population.pick(random).customer
      seen.set(tier, (seen.get(tier) ?? 0) + 1)
    }
    // 60 of weight 1, 25 of 2, 10 of 3 and 5 of 4.
    const total = 60 + 50 + 30 + 20
    expect((seen.get('BASIC') ?? 0) / DRAWS).toBeCloseTo(60 / total, 2)
    expect((seen.get('PREMIUM') ?? 0) / DRAWS).toBeCloseTo(50 / total, 2)
    expect((seen.get('VIP') ?? 0) / DRAWS).toBeCloseTo(30 / total, 2)
    expect((seen.get('ENTERPRISE') ?? 0) / DRAWS).toBeCloseTo(20 / total, 2)
  })

  it('chooses each customer of a tier as often as another', async () => {
    const population = populationOf(await testWorld(40))
    const random = new Random('pick')
    const seen = new Map(population.members.map((member) => [member, 0]))
    for (let n = 0; n < DRAWS; n += 1) {
      const member = population.pick(random)
      seen.set(member, (seen.get(member) ?? 0) + 1)
    }
    const weights = population.members.reduce((sum, { customer }) => sum + TIER_PROFILES[customer.tier].weight, 0)
    for (const [{ customer }, times] of seen) {
      const expected = (DRAWS * TIER_PROFILES[customer.tier].weight) / weights
      expect(Math.abs(times - expected)).toBeLessThan(5 * Math.sqrt(expected))
    }
  })

  it('knows how many transactions a customer makes in a day, inside the range of its tier', async () => {
    const population = populationOf(await testWorld(1_000))
    for (const tier of TIERS) {
      const { min, max } = TIER_PROFILES[tier].dailyTransactions
      const members = population.members.filter(({ customer }) => customer.tier === tier)
      const counts = members.map(({ habits }) => habits.dailyTransactions)
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(min)
      expect(Math.max(...counts)).toBeLessThanOrEqual(max)
      expect(new Set(counts).size).toBeGreaterThan(Math.min(4, max - min))
    }
    expect(population.dailyTransactions()).toBe(
      population.members.reduce((sum, { habits }) => sum + habits.dailyTransactions, 0),
    )
  })

  it('can choose by daily transactions', async () => {
    const population = populationOf(await testWorld(20), 'daily')
    const random = new Random('pick')
    const seen = new Map(population.members.map((member) => [member, 0]))
    for (let n = 0; n < DRAWS; n += 1) {
      const member = population.pick(random)
      seen.set(member, (seen.get(member) ?? 0) + 1)
    }
    for (const [{ habits }, times] of seen) {
      expect(times / DRAWS).toBeCloseTo(habits.dailyTransactions / population.dailyTransactions(), 2)
    }
  })

  it('is the same in whatever order its parts come', async () => {
    const { customers, accounts, merchants } = await testWorld(30)
    const one = new Population(customers, accounts, merchants)
    const other = new Population(customers.toReversed(), accounts.toReversed(), merchants.toReversed())
    const describeMembers = (population: Population) =>
      population.members.map(({ customer, accounts: owned, habits }) => ({ customer, owned, habits: { ...habits } }))
    expect(describeMembers(other)).toEqual(describeMembers(one))
  })

  it('finds a stranger’s account, and none where everybody is the same customer', async () => {
    const random = new Random('stranger')
    const population = populationOf(await testWorld(2))
    for (const member of population.members) {
      expect(population.strangersAccount(member, random)?.customerId).not.toBe(member.customer.customerId)
    }
    const alone = populationOf(await testWorld(1))
    expect(alone.strangersAccount(alone.members[0] as (typeof alone.members)[0], random)).toBeUndefined()
    expect(alone.members[0]?.habits.payees).toEqual([])
  })

  it('needs a customer with an account and a merchant that sells', async () => {
    const { customers, accounts, merchants } = await testWorld(5)
    expect(() => new Population(customers, [], merchants)).toThrow('no customer has an account')
    expect(() => new Population(customers, accounts, [])).toThrow('no merchant that sells')
  })
})

describe('farPlace', () => {
  it('is in another country and far enough away', () => {
    const random = new Random('far')
    const home = placeOf('DE', 'Berlin')
    for (let n = 0; n < 200; n += 1) {
      const far = farPlace(home, 3_000, random)
      expect(far.country).not.toBe('DE')
      expect(distanceKm(home, far)).toBeGreaterThan(3_000)
    }
  })

  it('measures distance along the globe', () => {
    expect(distanceKm(placeOf('GB', 'London'), placeOf('US', 'New York'))).toBeCloseTo(5_570, -2)
    expect(distanceKm(placeOf('GB', 'London'), placeOf('GB', 'London'))).toBe(0)
  })
})
