import { describe, expect, it } from 'vitest'
import { conservation, isConserved, type Check, type CheckName } from './conservation.ts'
import { type Minutes } from './minutes.ts'
import { type PostgresSide } from './postgres-side.ts'

const minutes = (...tallies: [minute: number, count: number, minor?: number][]): Minutes =>
  new Map(tallies.map(([minute, count, minor = 0]) => [minute, { count, minor: BigInt(minor) }]))

const side = (changes: Partial<PostgresSide> = {}): PostgresSide => ({
  source: minutes([10, 5, 500], [11, 3, 300]),
  verdicts: minutes([10, 4], [11, 3]),
  beyondHorizon: minutes([10, 1, 100]),
  deadLettered: minutes(),
  lateForMinute: minutes([11, 1, 50]),
  dashboards: minutes([10, 4, 400], [11, 2, 250]),
  closedBeforeMinute: 12,
  uncountable: 0,
  ...changes,
})
const kafka = { transactions: minutes([10, 5], [11, 3]), events: minutes([10, 5], [11, 3]) }

const check = (checks: readonly Check[], name: CheckName): Check | undefined => checks.find((one) => one.name === name)

describe('conservation', () => {
  it('holds when each row is a verdict, late or dead, and a minute lacks only what was late for it', () => {
    expect(isConserved(conservation(side(), kafka))).toBe(true)
  })

  it('does not let a surplus in one minute hide a lack in another', () => {
    const checks = conservation(side({ verdicts: minutes([10, 5], [11, 2]) }), kafka)
    expect(check(checks, 'outcomes')).toMatchObject({ values: [8n, 8n], difference: 2n, minutesMs: [600_000, 660_000] })
    expect(isConserved(checks)).toBe(false)
  })

  it('looks at sums of minutes that are closed only', () => {
    const open = { dashboards: minutes([10, 4, 400]), closedBeforeMinute: 11 }
    expect(isConserved(conservation(side(open), kafka))).toBe(true)
    expect(isConserved(conservation(side({ ...open, closedBeforeMinute: 12 }), kafka))).toBe(false)
  })

  it('counts a dead letter as an outcome, and as missing from its minute', () => {
    const dead = { verdicts: minutes([10, 3], [11, 3]), deadLettered: minutes([10, 1, 70]) }
    const checks = conservation(side({ ...dead, dashboards: minutes([10, 3, 330], [11, 2, 250]) }), kafka)
    expect(checks.map(({ difference }) => difference)).toEqual([0n, 0n, 0n, 0n, 0n])
  })

  it('tells an event that was not written from a change that was not sent', () => {
    const one = minutes([10, 4], [11, 3])
    const missing = (what: object): string[] =>
      conservation(side(), { ...kafka, ...what })
        .filter(({ difference }) => difference > 0n)
        .map(({ name }) => name)
    expect(missing({ events: one })).toEqual(['outbox_events'])
    expect(missing({ transactions: one })).toEqual(['kafka_transactions', 'outcomes'])
  })

  it('notices a cent', () => {
    const checks = conservation(side({ dashboards: minutes([10, 4, 401], [11, 2, 250]) }), kafka)
    expect(checks.filter(({ difference }) => difference > 0n).map(({ name }) => name)).toEqual(['minute_amounts'])
    expect(check(checks, 'minute_amounts')?.difference).toBe(1n)
  })
})
