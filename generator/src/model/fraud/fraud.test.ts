import { MINUTE_MS } from '@fintech-streams/contracts'
import { beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../random.ts'
import { populationOf, runStream, START_MS, testWorld } from '../../testing/world.ts'
import { multiplyE8 } from '@fintech-streams/ledger'
import { Market } from '../market.ts'
import { distanceKm, type Place } from '../places.ts'
import { TYPOLOGIES, type Typology } from '../records.ts'
import { TIER_PROFILES } from '../tiers.ts'
import { type World } from '../world.ts'
import { REPORTING_THRESHOLD_USD_MINOR, type ScenarioStep, SCENARIOS, TRAVEL_MAX_KMH } from './scenarios.ts'

const RUNS = 100
let world: World
beforeAll(async () => {
  world = await testWorld(100)
})

const market = new Market(new Random('market'))

/** Many scenarios of one kind. */
function scenarios(typology: Typology): ScenarioStep[][] {
  const random = new Random('scenarios', typology)
  const scene = { population: populationOf(world), market, random }
  return Array.from({ length: RUNS }, () => SCENARIOS[typology](scene, START_MS))
}

const durationMs = (steps: ScenarioStep[]): number => (steps.at(-1)?.dueMs ?? 0) - (steps[0]?.dueMs ?? 0)
const transactionsOf = (steps: ScenarioStep[]) => steps.map(({ transaction }) => transaction)
const distinct = <T>(values: T[]): number => new Set(values).size

describe.each(TYPOLOGIES)('%s', (typology) => {
  it('begins at once, goes forward in time and ends within the hour, with its label', () => {
    for (const steps of scenarios(typology)) {
      const times = steps.map(({ dueMs }) => dueMs)
      expect(times[0]).toBe(START_MS)
      expect(times).toEqual(times.toSorted((one, other) => one - other))
      expect(durationMs(steps)).toBeLessThan(60 * MINUTE_MS)
      const labels = transactionsOf(steps).map((transaction) => transaction.typology)
      expect(labels.filter((label) => label !== undefined)).not.toEqual([])
      expect(labels.every((label) => label === undefined || label === typology)).toBe(true)
    }
  })
})

describe('account takeover', () => {
  it('is one customer’s account, used from one new device far from home, small first and then for large sums', () => {
    for (const steps of scenarios('ACCOUNT_TAKEOVER')) {
      const [probe, ...thefts] = transactionsOf(steps)
      const { member } = probe as ScenarioStep['transaction']
      const { min, max } = TIER_PROFILES[member.customer.tier].amountMinor
      expect(distinct(transactionsOf(steps).map(({ account }) => account))).toBe(1)
      expect(distinct(transactionsOf(steps).map(({ device }) => device))).toBe(1)
      expect([member.habits.phone, member.habits.laptop]).not.toContain(probe?.device)
      expect(probe?.place?.country).not.toBe(member.customer.country)
      expect(probe?.amountMinor).toBe(min)
      expect(thefts.length).toBeGreaterThanOrEqual(3)
      expect(thefts.every(({ amountMinor }) => amountMinor >= 0.8 * max && amountMinor <= 2.5 * max)).toBe(true)
    }
  })
})

describe('card testing', () => {
  it('is at least ten payments below five, seconds apart at several shops, and then larger ones', () => {
    for (const steps of scenarios('CARD_TESTING')) {
      const tiny = transactionsOf(steps).filter(({ amountMinor }) => amountMinor < 5_00)
      expect(tiny.length).toBeGreaterThanOrEqual(10)
      expect(distinct(tiny.map(({ merchant }) => merchant))).toBeGreaterThan(2)
      expect(steps.length - tiny.length).toBeGreaterThanOrEqual(1)
      expect(durationMs(steps)).toBeLessThan(5 * MINUTE_MS)
      expect(distinct(transactionsOf(steps).map(({ member }) => member))).toBe(1)
    }
  })
})

describe('structuring', () => {
  it('is five to nine deposits of one customer, each just below the reporting threshold in dollars', () => {
    for (const steps of scenarios('STRUCTURING')) {
      expect(steps.length).toBeGreaterThanOrEqual(5)
      expect(steps.length).toBeLessThanOrEqual(9)
      expect(distinct(transactionsOf(steps).map(({ account }) => account))).toBe(1)
      for (const { type, amountMinor, account } of transactionsOf(steps)) {
        const usdMinor = multiplyE8(amountMinor, market.fxRates(account.currency) as number)
        expect(type).toBe('DEPOSIT')
        expect(usdMinor).toBeLessThan(REPORTING_THRESHOLD_USD_MINOR)
        expect(usdMinor).toBeGreaterThan(0.89 * REPORTING_THRESHOLD_USD_MINOR)
      }
    }
  })
})

describe('mule fan-in', () => {
  it('is transfers of several customers to one account, which wires most of it on', () => {
    for (const steps of scenarios('MULE_FAN_IN')) {
      const all = transactionsOf(steps)
      const sent = all.slice(0, -1)
      const onward = all.at(-1)
      expect(distinct(sent.map(({ member }) => member))).toBe(sent.length)
      expect(sent.length).toBeGreaterThanOrEqual(2)
      expect(distinct(sent.map(({ toAccount }) => toAccount))).toBe(1)
      expect(onward?.type).toBe('WIRE_TRANSFER')
      expect(onward?.account).toBe(sent[0]?.toAccount)
      expect(sent.every(({ member }) => member !== onward?.member)).toBe(true)
    }
  })

  it('does not happen where there is nobody to swindle', async () => {
    const scene = { population: populationOf(await testWorld(1)), market, random: new Random('alone') }
    expect(SCENARIOS.MULE_FAN_IN(scene, START_MS)).toEqual([])
  })
})

describe('impossible travel', () => {
  it('is a card at home and then, sooner than anybody could fly there, in another country', () => {
    for (const steps of scenarios('IMPOSSIBLE_TRAVEL')) {
      const [own, ...copies] = steps
      expect(own?.transaction.typology).toBeUndefined()
      expect(own?.transaction.place?.country).toBe(own?.transaction.member.customer.country)
      for (const { dueMs, transaction } of copies) {
        const km = distanceKm(own?.transaction.place as Place, transaction.place as Place)
        const kmh = km / ((dueMs - START_MS) / (60 * MINUTE_MS))
        expect(kmh).toBeGreaterThan(TRAVEL_MAX_KMH)
      }
      expect(copies.every(({ transaction }) => transaction.channel === 'POS' || transaction.channel === 'ATM')).toBe(
        true,
      )
      expect(
        copies.every(({ transaction }) => transaction.place?.country !== transaction.member.customer.country),
      ).toBe(true)
    }
  })
})

describe('velocity burst', () => {
  it('is at least fifteen purchases of one customer from its own device within three minutes', () => {
    for (const steps of scenarios('VELOCITY_BURST')) {
      expect(steps.length).toBeGreaterThanOrEqual(15)
      expect(durationMs(steps)).toBeLessThan(3 * MINUTE_MS)
      expect(distinct(transactionsOf(steps).map(({ member }) => member))).toBe(1)
      expect(transactionsOf(steps).every(({ member, device }) => device === member.habits.phone)).toBe(true)
    }
  })
})

describe('the share of fraud', () => {
  it.each([0, 0.01, 0.05, 0.3])('is %f of all transactions', (fraudShare) => {
    const { changes } = runStream({ world, transactions: 40_000, fraudShare, stepMs: 500 })
    const labelled = changes.filter(({ typology }) => typology !== null)
    // A scenario that has begun is not cut: what is owed or ahead is at most about one of the longest.
    expect(Math.abs(labelled.length - fraudShare * 40_000)).toBeLessThan(60 + 0.05 * fraudShare * 40_000)
    if (fraudShare >= 0.01) expect(new Set(labelled.map(({ typology }) => typology))).toEqual(new Set(TYPOLOGIES))
  })

  it('makes risk levels, flags and alerts that ordinary transactions do not have', () => {
    const { changes } = runStream({ world, transactions: 40_000, fraudShare: 0.05 })
    const [fraud, ordinary] = [true, false].map((isFraud) =>
      changes.filter(({ typology }) => (typology !== null) === isFraud).map(({ transaction }) => transaction.riskLevel),
    )
    expect(ordinary).not.toContain('CRITICAL')
    expect(fraud).toContain('CRITICAL')
    expect(changes.some(({ alert }) => alert !== null)).toBe(true)
  })

  it('can be all there is', () => {
    const { changes } = runStream({ world, transactions: 20_000, fraudShare: 1, stepMs: 200 })
    const late = changes.slice(10_000)
    expect(late.filter(({ typology }) => typology !== null).length / late.length).toBeGreaterThan(0.9)
  })

  it('works with a single customer', async () => {
    const { changes } = runStream({ world: await testWorld(1), transactions: 5_000, fraudShare: 0.1 })
    expect(changes.filter(({ typology }) => typology !== null).length).toBeGreaterThan(300)
    expect(changes.every(({ transaction }) => transaction.toAccountId === null)).toBe(true)
  })
})
