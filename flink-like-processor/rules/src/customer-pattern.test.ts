import fc from 'fast-check'
import { expect, test } from 'vitest'
import { minutes, utcHour } from '@fintech-streams/contracts'
import { BASE_TIME_MS, buildTransaction } from '@fintech-streams/testing'
import { ByteReader, ByteWriter } from '@fintech-streams/records'
import { CustomerPatterns } from './customer-pattern.ts'

const KEY = 2

/** The same patterns, through the changelog. */
function restored(patterns: CustomerPatterns): CustomerPatterns {
  const into = new ByteWriter()
  patterns.write(KEY, into)
  const read = new CustomerPatterns()
  // Whatever another customer had before is in nobody's way.
  read.learn(KEY, buildTransaction({ amountUsdMinor: Number.MAX_SAFE_INTEGER }))
  read.read(KEY, new ByteReader(into.bytes.subarray(0, into.length)))
  return read
}

/** √(n·Σx² − (Σx)²) / n, without a rounding before the root. */
function deviationOf(amounts: readonly number[]): number {
  const n = BigInt(amounts.length)
  const sum = amounts.reduce((total, amount) => total + BigInt(amount), 0n)
  const squares = amounts.reduce((total, amount) => total + BigInt(amount) ** 2n, 0n)
  return Math.sqrt(Number(n * squares - sum ** 2n)) / amounts.length
}

test('the deviation is that of all amounts, large ones and a restored pattern included', () => {
  const amounts = fc.array(fc.oneof(fc.nat(100_000), fc.maxSafeNat()), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(amounts, fc.nat(30), (values, savedAt) => {
      let patterns = new CustomerPatterns()
      for (const [at, amountUsdMinor] of values.entries()) {
        if (at === savedAt) patterns = restored(patterns)
        patterns.learn(KEY, buildTransaction({ amountUsdMinor }))
      }
      expect(patterns.of(KEY).deviationMinor).toBe(deviationOf(values))
      expect(restored(patterns).of(KEY).deviationMinor).toBe(deviationOf(values))
    }),
  )
})

test('counts by minute and hour are those of all transactions, restored ones included', () => {
  const step = fc.record({ minutesOn: fc.integer({ min: -15, max: 40 }), isSaved: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
      let patterns = new CustomerPatterns()
      const times: number[] = []
      let latestMs = BASE_TIME_MS
      for (const { minutesOn, isSaved } of steps) {
        const atMs = latestMs + minutes(minutesOn)
        latestMs = Math.max(latestMs, atMs)
        const minuteOf = (ms: number): number => Math.floor(ms / minutes(1))
        const within = times.filter((ms) => minuteOf(ms) <= minuteOf(atMs) && minuteOf(ms) > minuteOf(atMs) - 60)
        expect(patterns.of(KEY).countInMinutes(atMs, 60)).toBe(within.length + 1)
        const inHour = times.filter((ms) => utcHour(ms) === utcHour(atMs))
        expect(patterns.of(KEY).countInHour(utcHour(atMs))).toBe(inHour.length)
        patterns.learn(KEY, buildTransaction({ eventTimeMs: atMs }))
        times.push(atMs)
        if (isSaved) patterns = restored(patterns)
      }
    }),
  )
})

test('places are known until the customer is forgotten, and each customer has their own', () => {
  const patterns = new CustomerPatterns()
  for (let n = 0; n < 40; n += 1) {
    patterns.learn(n % 2, buildTransaction({ country: `C${n}`, merchantCategory: `C${n + 1}` }))
  }
  const copy = restored(patterns)
  expect(copy.has(0)).toBe(false)
  expect([patterns.of(0).hasCountry('C2'), patterns.of(0).hasCountry('C3')]).toEqual([true, false])
  expect([patterns.of(1).hasCategory('C4'), patterns.of(1).hasCategory('C3')]).toEqual([true, false])
  patterns.forget(1)
  expect([patterns.of(0).hasCountry('C2'), patterns.of(1).hasCategory('C4')]).toEqual([true, false])
  expect(patterns.has(1)).toBe(false)
})
