import { AMOUNT_MAX_MINOR, MoneyError, parseMinor } from '@fintech-streams/contracts'
import { Reject } from './reject.ts'

export type DecimalMark = '.' | ','
/** How a file writes decimals, as far as its values show it; `mixed` where they contradict each other. */
export type Decimals = DecimalMark | 'mixed' | undefined

/** Currencies that a sign can stand for, the likeliest first. A code of three letters stands for itself. */
const SIGNS: Readonly<Record<string, readonly string[]>> = {
  $: ['USD', 'CAD', 'AUD', 'SGD', 'MXN', 'HKD', 'NZD'],
  US$: ['USD'],
  $US: ['USD'],
  C$: ['CAD'],
  CA$: ['CAD'],
  A$: ['AUD'],
  AU$: ['AUD'],
  S$: ['SGD'],
  R$: ['BRL'],
  '€': ['EUR'],
  '£': ['GBP'],
  '¥': ['JPY', 'CNY'],
  '₹': ['INR'],
  '₽': ['RUB'],
  '₪': ['ILS'],
  zł: ['PLN'],
  Kč: ['CZK'],
  Ft: ['HUF'],
  kr: ['SEK', 'NOK', 'DKK'],
}

const AROUND = /^([^\d.,]*)(\d[\d.,\s'’]*\d|\d)([^\d.,]*)$/u
const MINUS = /[-−–(]/gu
const SPACES = /[\s'’]/gu

/** An amount as a file writes it, such as `-1.234,50 €` or `USD (12.50)`. */
export interface Amount {
  minor: number
  isNegative: boolean
  /** What its sign or code can mean; undefined without one. */
  currencies: readonly string[] | undefined
}

/**
 * Reads an amount of money, with its currency, thousands separators and any number of zeros beyond the cent.
 * @throws Reject with a sentence without the field's name.
 */
export function readAmount(text: string, decimals: Decimals): Amount {
  const [, before = '', digits, after = ''] = AROUND.exec(text.trim()) ?? []
  if (digits === undefined) throw new Reject(notMoney(text))
  const around = `${before}${after}`.replace(SPACES, '')
  const signs: readonly string[] = around.match(MINUS) ?? []
  const isNegative = signs.length > 0
  const isWhole = signs.length < 2 && signs.includes('(') === around.includes(')')
  const unit = around.replace(/[-−–+()]/gu, '')
  const currencies = unit === '' ? undefined : currenciesOf(unit)
  if (!isWhole || (unit !== '' && currencies === undefined)) throw new Reject(notMoney(text))
  return { minor: minorOf(readDecimal(digits, decimals), text), isNegative, currencies }
}

function currenciesOf(unit: string): readonly string[] | undefined {
  if (Object.hasOwn(SIGNS, unit)) return SIGNS[unit]
  return /^[A-Z]{3}$/.test(unit) ? [unit] : undefined
}

function minorOf(decimal: string, text: string): number {
  try {
    const minor = parseMinor(decimal)
    if (minor <= AMOUNT_MAX_MINOR) return minor
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error
  }
  throw new Reject(notMoney(text))
}

function notMoney(text: string): string {
  return `not an amount of money: ${JSON.stringify(text.slice(0, 64))} (write it like "1234.50")`
}

/**
 * A decimal with a point and without separators, such as `1234.50` for `1.234,50`.
 * @throws Reject where the mark or the grouping is not that of the file, or could be either.
 */
export function readDecimal(text: string, decimals: Decimals): string {
  const mark = markFor(text, decimals)
  const [whole = '', fraction, more] = text.split(mark)
  const grouped = /^\d{1,3}(?:([\s'’.,])\d{3}(?:\1\d{3})*)?$/u
  const isNumber = /^\d+$/.test(whole) || grouped.test(whole)
  if (more !== undefined || !isNumber || (fraction !== undefined && !/^\d+$/.test(fraction))) {
    throw new Reject(`not a number: ${JSON.stringify(text.slice(0, 64))} (with "${mark}" before the decimals)`)
  }
  const digits = whole.replace(/\D/gu, '')
  return fraction === undefined ? digits : `${digits}.${fraction}`
}

function markFor(text: string, decimals: Decimals): DecimalMark {
  if (decimals === '.' || decimals === ',') return decimals
  const own = decimalMark(text)
  if (own !== undefined) return own
  // A point before three digits is a point, as everywhere in this platform; a comma could be either.
  const isClear = decimals === 'mixed' ? !/[.,]/.test(text) : !text.includes(',')
  if (isClear) return '.'
  throw new Reject(`${text} can be read in two ways: say "decimal": "." or "," in the mapping`)
}

/** The decimal mark that a number shows for certain: `1.234,5` and `12,50` do, `1,234` and `12` do not. */
export function decimalMark(text: string): DecimalMark | undefined {
  const marks: readonly string[] = text.match(/[.,]/g) ?? []
  const last = marks.at(-1)
  if (last !== '.' && last !== ',') return undefined
  const other = last === '.' ? ',' : '.'
  const hasBoth = marks.includes(other)
  if (!hasBoth && marks.length > 1) return other
  if (hasBoth || !/(?:^|\D)[1-9]\d{0,2}[.,]\d{3}$/.test(text)) return last
  return undefined
}

/** What a file's values show together. */
export class DecimalEvidence {
  #shown: Decimals

  add(text: string): void {
    if (this.#shown === 'mixed') return
    const [, , digits] = AROUND.exec(text) ?? []
    const mark = digits === undefined ? undefined : decimalMark(digits)
    if (mark !== undefined) this.#shown = this.#shown === undefined || this.#shown === mark ? mark : 'mixed'
  }

  get shown(): Decimals {
    return this.#shown
  }
}
