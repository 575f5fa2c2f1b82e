import { createHash } from 'node:crypto'
import { type Direction, named, type StatementLine } from './statement.ts'

/** A completed transaction as its bank settles it. */
export interface Settlement {
  readonly transactionId: string
  readonly bankId: string
  readonly date: string
  readonly currency: string
  readonly amountMinor: number
  /** The bank settles in another currency than the transaction's. */
  readonly isConverted: boolean
  readonly direction: Direction
  readonly counterparty: string
}

/** A line before it has its place on a statement. */
export type UnnumberedLine = Omit<StatementLine, 'lineNumber'> & { readonly bankId: string }

/** The line of a settlement as it should be; `part` tells the lines of one settlement apart. */
export function lineOf(settlement: Settlement, part = '0'): UnnumberedLine {
  const { transactionId, bankId, amountMinor, currency, direction, counterparty, date } = settlement
  return {
    bankId,
    bankReference: digest(bankId, transactionId, part).slice(0, 16).toUpperCase(),
    direction,
    amountMinor,
    currency,
    valueDate: date,
    bookingDate: date,
    counterparty,
    references: [named(transactionId)],
    unnamedCount: 0,
  }
}

/** One line for several settlements. */
export function batchLine(settlements: readonly [Settlement, ...Settlement[]], counterparty: string): UnnumberedLine {
  return {
    ...lineOf(settlements[0], 'batch'),
    counterparty,
    amountMinor: settlements.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    references: settlements.map(({ transactionId }) => named(transactionId)),
  }
}

/** Two lines or three for one settlement. `chance` is between 0 and 1. */
export function splitLines(settlement: Settlement, chance: number): UnnumberedLine[] {
  const first = Math.floor(settlement.amountMinor * (0.2 + 0.3 * chance))
  // Never two equal halves: two equal lines of one reference look like a duplicate.
  const amounts = chance < 0.5 ? [first, settlement.amountMinor - first] : thirds(settlement.amountMinor, first)
  return amounts.map((amountMinor, at) => ({ ...lineOf(settlement, `part ${at}`), amountMinor }))
}

function thirds(totalMinor: number, firstMinor: number): number[] {
  const second = Math.max(1, Math.floor((totalMinor - firstMinor) / 3))
  return [firstMinor, second, totalMinor - firstMinor - second]
}

/** Half a percent to one and a half off, at least a cent. `chance` is between 0 and 1. */
export function atOtherRate(amountMinor: number, chance: number): number {
  const off = Math.max(1, Math.round(amountMinor * (0.005 + chance * 0.01)))
  return chance < 0.5 ? amountMinor + off : amountMinor - off
}

/** A few cents too much; of a converted amount a tenth more, as a little would rightly be taken for another rate. */
export function wrongAmount({ amountMinor, isConverted }: Settlement, chance: number): number {
  const farOff = isConverted ? Math.ceil(amountMinor / 10) + 1_00 : 0
  return amountMinor + 1 + Math.floor(chance * 5_00) + farOff
}

/** An id of version 8: no transaction of the platform has one. */
export function unknownId(seed: string, { transactionId }: Settlement): string {
  const hex = digest(seed, 'unknown', transactionId)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** Between 0 and 1, the same for the same settlement. */
export const chanceOf = (seed: string, { transactionId }: Settlement): number =>
  parseInt(digest(seed, transactionId).slice(0, 8), 16) / 2 ** 32

const digest = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('|')).digest('hex')
