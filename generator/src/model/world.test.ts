import { describe, expect, it } from 'vitest'
import { TIERS } from '@fintech-streams/ledger'
import { testWorld } from '../testing/world.ts'
import { BILLERS, CATEGORIES } from './merchants.ts'
import { CURRENCIES } from './places.ts'
import { TIER_PROFILES } from './tiers.ts'

describe('createWorld', () => {
  it('is the same for the same seed and time, and another for another seed', async () => {
    const world = await testWorld(50, 1)
    expect(await testWorld(50, 1)).toEqual(world)
    expect(await testWorld(50, 2)).not.toEqual(world)
  })

  it('has the tiers’ shares and their base risk', async () => {
    const { customers } = await testWorld(2_000)
    for (const tier of TIERS) {
      const members = customers.filter((customer) => customer.tier === tier)
      expect(members).toHaveLength(2_000 * TIER_PROFILES[tier].share)
      const mean = members.reduce((sum, { riskScore }) => sum + riskScore, 0) / members.length
      expect(Math.abs(mean - TIER_PROFILES[tier].baseRisk)).toBeLessThan(3)
    }
  })

  it('gives every customer an account, in its home’s currency first, and credit to nobody of tier BASIC', async () => {
    const { customers, accounts } = await testWorld(500)
    const byCustomer = Map.groupBy(accounts, ({ customerId }) => customerId)
    expect(byCustomer.size).toBe(500)
    for (const customer of customers) {
      const owned = byCustomer.get(customer.customerId) ?? []
      expect(owned[0]?.type).toBe(customer.tier === 'ENTERPRISE' ? 'BUSINESS' : 'CHECKING')
      if (customer.tier === 'BASIC') expect(owned.some(({ type }) => type === 'CREDIT')).toBe(false)
      for (const { type, balanceMinor, creditLimitMinor, currency } of owned) {
        expect(CURRENCIES).toContain(currency)
        expect(type === 'CREDIT' ? creditLimitMinor : balanceMinor).toBeGreaterThan(0)
      }
    }
  })

  it('has merchants with the code of their category, some that sell and some that bill', async () => {
    const { merchants } = await testWorld(1)
    expect(merchants.every(({ category, mcc }) => CATEGORIES[category as keyof typeof CATEGORIES].mcc === mcc)).toBe(
      true,
    )
    expect(merchants.some(({ category }) => BILLERS.has(category))).toBe(true)
    expect(merchants.some(({ category }) => !BILLERS.has(category))).toBe(true)
  })

  it('addresses mail to nobody', async () => {
    const { customers } = await testWorld(200)
    expect(customers.every(({ email }) => email.endsWith('@example.com'))).toBe(true)
  })
})
