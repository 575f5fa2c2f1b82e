import { MoneyError, parseMinor } from '@fintech-streams/contracts'

/** CRDT: to the customer; DBIT: from the customer. */
export type Direction = 'CRDT' | 'DBIT'

/** One booking on a bank's statement. */
export interface StatementLine {
  /** Where it stands in its file, counted from 1. */
  readonly lineNumber: number
  /** The bank's own reference. */
  readonly bankReference: string
  readonly direction: Direction
  /** Never negative. */
  readonly amountMinor: number
  readonly currency: string
  /** `2026-11-20`. */
  readonly valueDate: string
  /** `2026-11-20`. */
  readonly bookingDate: string
  /** The merchant or account at the other end; empty where the bank names none. */
  readonly counterparty: string
  /** The transactions that it names, by id: none, one, or those of a batch. */
  readonly references: readonly string[]
}

/** A line that cannot be read. */
export interface RejectedLine {
  readonly lineNumber: number
  readonly reason: string
  /** As it stands in the file. */
  readonly line: string
}

/** A statement file's contents. */
export interface Statement {
  readonly bankId: string
  /** The day that it is of, `2026-11-20`. */
  readonly date: string
  readonly lines: readonly StatementLine[]
}

export interface ParsedStatement extends Statement {
  readonly rejected: readonly RejectedLine[]
}

/** Why a line cannot be read. */
export class BadLine extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'BadLine'
  }
}

/** Why a whole file cannot be taken in. */
export class BadStatement extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'BadStatement'
  }
}

const REFERENCE = /^[0-9A-F]{32}$/

/** A transaction's id as banks carry it: their field for it has 35 characters, a UUID 36. */
export function referenceOf(transactionId: string): string {
  return transactionId.replaceAll('-', '').toUpperCase()
}

/** @throws BadLine for a text that is no such reference. */
export function transactionIdOf(reference: string): string {
  if (!REFERENCE.test(reference)) throw new BadLine(`reference ${shown(reference)} is not 32 hexadecimal digits`)
  const hex = reference.toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** @throws BadLine for a text that is not an amount, or is below zero. */
export function amountOf(text: string): number {
  try {
    const minor = parseMinor(text)
    if (minor >= 0) return minor
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error
  }
  throw new BadLine(`amount ${shown(text)} is not an amount of money`)
}

/** @throws BadLine for a day that is not in the calendar. */
export function dateFrom(year: string, month: string, day: string): string {
  const text = `${year}-${month}-${day}`
  const at = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== text) {
    throw new BadLine(`${shown(text)} is not a date`)
  }
  return text
}

/** @throws BadLine for a text that is not a currency's code. */
export function currencyOf(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new BadLine(`currency ${shown(text)} is not an ISO 4217 code`)
  return text
}

export const shown = (text: string): string => JSON.stringify(text.slice(0, 64))
