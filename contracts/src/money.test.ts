import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMinor, formatAverage, formatMinor, MoneyError, parseMinor, type SumMinor } from './money.ts'

const minor = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })

describe('an amount', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(minor, (amount) => {
        expect(parseMinor(formatMinor(amount))).toBe(amount === 0 ? 0 : amount)
      }),
    )
  })

  it.each([
    ['0', 0],
    ['-0.00', 0],
    ['1', 100],
    ['1.5', 150],
    ['007.10', 710],
    ['-12.34', -1234],
    ['90071992547409.91', Number.MAX_SAFE_INTEGER],
  ])('%s is %i minor units', (text, expected) => {
    expect(parseMinor(text)).toBe(expected)
  })

  it.each([
    ['', 'bad_decimal'],
    ['-', 'bad_decimal'],
    ['+1', 'bad_decimal'],
    ['1.', 'bad_decimal'],
    ['.5', 'bad_decimal'],
    ['1,50', 'bad_decimal'],
    ['1e3', 'bad_decimal'],
    [' 1', 'bad_decimal'],
    ['1.2x', 'bad_decimal'],
    ['1.234', 'too_many_digits'],
    ['90071992547409.92', 'out_of_range'],
  ])('%j is refused as %s', (text, code) => {
    expect(() => parseMinor(text)).toThrow(expect.objectContaining({ name: MoneyError.name, code }) as Error)
  })
})

describe('a sum', () => {
  it('is exact, whatever its size', () => {
    fc.assert(
      fc.property(fc.array(minor), (amounts) => {
        const sum = amounts.reduce<SumMinor>((total, amount) => addMinor(total, amount), 0)
        expect(BigInt(sum)).toBe(amounts.reduce((total, amount) => total + BigInt(amount), 0n))
      }),
    )
  })

  it('is written like an amount beyond the safe range, too', () => {
    expect(formatMinor(2n ** 60n)).toBe('11529215046068469.76')
    expect(formatMinor(-(2n ** 60n))).toBe('-11529215046068469.76')
  })
})

describe('an average', () => {
  it.each([
    [5, 2, '0.03'],
    [4, 3, '0.01'],
    [5, 3, '0.02'],
    [0, 7, '0.00'],
    [Number.MAX_SAFE_INTEGER, 2, '45035996273704.96'],
    [2n ** 60n + 1n, 2, '5764607523034234.89'],
  ])('of %s over %i is rounded half up', (sum, count, expected) => {
    expect(formatAverage(sum, count)).toBe(expected)
  })
})
