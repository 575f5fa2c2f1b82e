import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildTransaction } from '@fintech-streams/testing'
import { ByteWriter } from '@fintech-streams/records'
import { CustomerPattern, type EncodedPattern } from './customer-pattern.ts'

function restored(pattern: CustomerPattern): CustomerPattern {
  const into = new ByteWriter()
  pattern.write(into)
  return CustomerPattern.restore(JSON.parse(into.bytes.toString('utf8', 0, into.length)) as EncodedPattern)
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
      let pattern = new CustomerPattern()
      for (const [at, amountUsdMinor] of values.entries()) {
        if (at === savedAt) pattern = restored(pattern)
        pattern.learn(buildTransaction({ amountUsdMinor }))
      }
      expect(pattern.deviationMinor).toBe(deviationOf(values))
      expect(restored(pattern).deviationMinor).toBe(deviationOf(values))
    }),
  )
})
