import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecimalEvidence, decimalMark, type Decimals, readAmount, readDecimal } from './amounts.ts'

const minor = (text: string, decimals?: Decimals) => readAmount(text, decimals).minor

describe('readAmount', () => {
  it.each([
    ['36', 36_00],
    ['36.5', 36_50],
    ['36.00000', 36_00],
    ['0.010000', 1],
    ['1,064.00', 1_064_00],
    ['1.064,00', 1_064_00],
    ['12,50', 12_50],
    ['12,5', 12_50],
    ['0,500', 50],
    ['1.234.567,89', 1_234_567_89],
    ['1,234,567', 1_234_567_00],
    ['1.234.567', 1_234_567_00],
    ['1 234,56', 1_234_56],
    ['1\u00a0234,56', 1_234_56],
    ['1\u202f234.56', 1_234_56],
    ["1'234.50", 1_234_50],
    ['1’234’567.00', 1_234_567_00],
    ['450 000', 450_000_00],
    ['9999999999999.99', 999_999_999_999_999],
  ])('reads %s by what it shows', (text, expected) => {
    expect(minor(text)).toBe(expected)
  })

  it.each([
    ['36.000', undefined, 36_00],
    ['36.000', '.', 36_00],
    ['36.000', ',', 36_000_00],
    ['1,234', '.', 1_234_00],
    ['1,230', ',', 1_23],
    ['12', 'mixed', 12_00],
    ['12,50', 'mixed', 12_50],
    ['12.50', 'mixed', 12_50],
  ] as const)('reads %s in a file with %s as %d', (text, decimals, expected) => {
    expect(minor(text, decimals)).toBe(expected)
  })

  it.each([
    ['€12.50', ['EUR'], false],
    ['12,50 €', ['EUR'], false],
    ['-£1,234.00', ['GBP'], true],
    ['£-1,234.00', ['GBP'], true],
    ['($12.50)', ['USD', 'CAD', 'AUD', 'SGD', 'MXN', 'HKD', 'NZD'], true],
    ['CHF 12.50', ['CHF'], false],
    ['12.50 USD-', ['USD'], true],
    ['12.50-', undefined, true],
    ['−12.50', undefined, true],
    ['+12.50', undefined, false],
    ['R$ 5,00', ['BRL'], false],
    ['¥500', ['JPY', 'CNY'], false],
  ])('reads the currency and the sign of %s', (text, currencies, isNegative) => {
    expect(readAmount(text, undefined)).toMatchObject({ currencies, isNegative })
  })

  it.each([
    ['', undefined],
    ['much', undefined],
    ['.50', undefined],
    ['12.', undefined],
    ['1e3', undefined],
    ['1e21', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
    ['1.005', undefined],
    ['0.30000000000000004', undefined],
    ['12,34,56', undefined],
    ['1,2345,678.00', undefined],
    ["1'23.50", undefined],
    ['1,23.50', undefined],
    ['1.234,567.89', undefined],
    ['12.50', ','],
    ['12,50', '.'],
    ['1.2.3', '.'],
    ['--5', undefined],
    ['(5', undefined],
    ['5 bananas', undefined],
    ['€5$', undefined],
    ['toString 5', undefined],
    ['10000000000000.00', undefined],
    ['99999999999999999999', undefined],
  ] as const)('refuses %s', (text, decimals) => {
    expect(() => minor(text, decimals)).toThrow(/not an amount of money|not a number/)
  })

  it.each([
    ['1,234', undefined],
    ['1,234', 'mixed'],
    ['36.000', 'mixed'],
  ] as const)('refuses %s where it can be read in two ways', (text, decimals) => {
    expect(() => minor(text, decimals)).toThrow('can be read in two ways')
  })

  it('reads whatever Intl writes, in either style, to the cent', () => {
    const cents = fc.integer({ min: 0, max: 999_999_999_999_99 })
    const locale = fc.constantFrom('en-US', 'de-DE', 'de-CH', 'fr-FR', 'pl-PL')
    fc.assert(
      fc.property(cents, locale, fc.constantFrom('EUR', 'USD', 'CHF'), (value, name, currency) => {
        const format = new Intl.NumberFormat(name, { style: 'currency', currency })
        const mark = format.formatToParts(1.5).find(({ type }) => type === 'decimal')?.value
        const text = `${Math.floor(value / 100)}.${String(value % 100).padStart(2, '0')}` as const
        expect(mark === '.' || mark === ',').toBe(true)
        expect(readAmount(format.format(text as Intl.StringNumericLiteral), mark === ',' ? ',' : '.').minor).toBe(value)
      }),
    )
  })
})

describe('a file’s decimals', () => {
  const shown = (...texts: string[]): Decimals => {
    const evidence = new DecimalEvidence()
    for (const text of texts) evidence.add(text)
    return evidence.shown
  }

  it('are what its values show together', () => {
    expect(shown('12', '1,234', '36.000')).toBeUndefined()
    expect(shown('12', '€ 12,50', '36.000')).toBe(',')
    expect(shown('1,234.5', '1,234')).toBe('.')
    expect(shown('12,50', '12.50', '12,50')).toBe('mixed')
    expect(shown('much', '')).toBeUndefined()
  })

  it('are shown by what can be nothing else', () => {
    expect(decimalMark('1234.567')).toBe('.')
    expect(decimalMark('0,123')).toBe(',')
    expect(decimalMark('12.3456')).toBe('.')
    expect(decimalMark('1.234')).toBeUndefined()
  })
})

it('a rate keeps its digits', () => {
  expect(readDecimal('1,08500000', undefined)).toBe('1.08500000')
  expect(readDecimal('16.250,5', ',')).toBe('16250.5')
})
