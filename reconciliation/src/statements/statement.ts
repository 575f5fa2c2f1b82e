import { MoneyError, parseMinor } from '@fintech-streams/contracts'

/** CRDT: to the customer; DBIT: from the customer. */
export type Direction = 'CRDT' | 'DBIT'

/** A payment that a line names. */
export interface NamedPayment {
  /** The transaction; null where the name is none of ours. */
  readonly transactionId: string | null
  /** Its part of the line's amount, where the bank says it. */
  readonly amountMinor: number | null
}

/** One booking on a bank's statement. */
export interface StatementLine {
  /** Where it stands in its file, counted from 1. */
  readonly lineNumber: number
  /** The bank's own reference; made of the statement's id and the line's place where the bank gives none. */
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
  /** The payments that it names: none, one, or those of a batch. */
  readonly references: readonly NamedPayment[]
  /** Further payments that are in it without a name. */
  readonly unnamedCount: number
}

/** A line that cannot be read. */
export interface RejectedLine {
  readonly lineNumber: number
  readonly reason: string
  /** As it stands in the file. */
  readonly line: string
}

/** A statement as a bank writes it. */
export interface Statement {
  readonly bankId: string
  /** The day that it is of, `2026-11-20`. */
  readonly date: string
  readonly lines: readonly StatementLine[]
  /** More of the same day is to come in another statement. */
  readonly isPartial?: boolean
  /** Its place among the statements of its day, where it is not the first. */
  readonly part?: number
}

/** What a statement says of whose it is; empty where it says nothing. */
export interface Owner {
  /** The bank's id in the rules. */
  readonly id: string
  /** IBAN, or the bank's own number. */
  readonly account: string
  readonly bic: string
  readonly name: string
}

/** What was read of one statement of a file. */
export interface ParsedStatement {
  readonly owner: Owner
  /** The first and the last day that it is of, `2026-11-20`. */
  readonly from: string
  readonly date: string
  readonly lines: readonly StatementLine[]
  readonly rejected: readonly RejectedLine[]
  /** Entries that are announced and not booked. */
  readonly unbookedCount: number
  readonly isPartial: boolean
  /** Why its balances do not add up; null where they do, or cannot be checked. */
  readonly imbalance: string | null
}

/** A statement whose bank is known. */
export interface BankStatement extends ParsedStatement {
  readonly bankId: string
  readonly account: string
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

/** A reject shows where it comes from; a line of megabytes is not kept. */
const KEPT_CHARACTERS = 4_000

/** The lines of a statement as they are read: each is taken or rejected with its reason. */
export class Lines {
  readonly taken: StatementLine[] = []
  readonly rejected: RejectedLine[] = []

  read(lineNumber: number, line: string, read: () => StatementLine): void {
    try {
      this.taken.push(read())
    } catch (error) {
      if (!(error instanceof BadLine)) throw error
      this.reject(lineNumber, line, error.message)
    }
  }

  reject(lineNumber: number, line: string, reason: string): void {
    this.rejected.push({ lineNumber, reason, line: line.slice(0, KEPT_CHARACTERS) })
  }

  /** The earliest booking; undefined without lines. */
  get firstBooking(): string | undefined {
    return this.#bookings()[0]
  }

  /** The latest booking; undefined without lines. */
  get lastBooking(): string | undefined {
    return this.#bookings().at(-1)
  }

  #bookings(): string[] {
    return this.taken.map(({ bookingDate }) => bookingDate).sort()
  }
}

/** The statement of a format that states the bank and the day, and neither an account nor balances. */
export const plainStatement = (bankId: string, date: string, isPartial: boolean, lines: Lines): ParsedStatement => ({
  owner: { id: bankId, account: '', bic: '', name: '' },
  from: earlier(lines.firstBooking ?? date, date),
  date,
  lines: lines.taken,
  rejected: lines.rejected,
  unbookedCount: 0,
  isPartial,
  imbalance: null,
})

const REFERENCE = /^[0-9A-F]{32}$/i
/** What banks write where there is nothing to write. */
const NOTHING = /^(?:NOT ?PROVIDED|NON ?REF|N\/A)?$/i

/** A transaction's id as banks carry it: their field for it has 35 characters, a UUID 36. */
export function referenceOf(transactionId: string): string {
  return transactionId.replaceAll('-', '').toUpperCase()
}

/** The transaction that a text names; null where it names something else; undefined where it says nothing. */
export function transactionIdOf(reference: string): string | null | undefined {
  if (saysNothing(reference)) return undefined
  if (!REFERENCE.test(reference)) return null
  const hex = reference.toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export const saysNothing = (reference: string): boolean => NOTHING.test(reference.trim())

/** The payments that texts name, without those that say nothing. */
export function namedPayments(references: readonly string[]): NamedPayment[] {
  return references.map(transactionIdOf).flatMap((id) => (id === undefined ? [] : [named(id)]))
}

export const named = (transactionId: string | null, amountMinor: number | null = null): NamedPayment => ({
  transactionId,
  amountMinor,
})

/** Payments that a line stands for, as far as it says: 0 where it names none. */
export function paymentCount({ references, unnamedCount }: StatementLine): number {
  return references.length === 0 ? 0 : references.length + unnamedCount
}

/** A reference where the bank gives none: the same in every download of the statement. */
export const madeReference = (statementId: string, place: number): string => `${statementId}/${place}`

const AMOUNT = /^\+?(\d*)(?:\.(\d*))?$/

/**
 * Digits, with any number of zeros before them and behind the cent.
 * @throws BadLine for a text that is not an amount, is below zero, or has a part of a cent.
 */
export function amountOf(text: string): number {
  const [, whole = '', fraction = ''] = AMOUNT.exec(text.trim()) ?? []
  const cents = fraction.replace(/0+$/, '')
  if (whole + fraction === '') throw new BadLine(`amount ${shown(text)} is not an amount of money`)
  if (cents.length > 2) throw new BadLine(`amount ${shown(text)} has a part of a cent`)
  try {
    return parseMinor(`${whole || '0'}.${cents.padEnd(2, '0')}`)
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error
    throw new BadLine(`amount ${shown(text)} is larger than any amount that is taken`)
  }
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

/** What is not a line's but the file's. @throws BadStatement where it cannot be read. */
export function ofFile<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof BadLine ? new BadStatement(`${what}: ${error.message}`) : error
  }
}

/** @throws BadLine for a text that is not a currency's code. */
export function currencyOf(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new BadLine(`currency ${shown(text)} is not an ISO 4217 code`)
  return text
}

/** The earlier of two days. */
export const earlier = (one: string, other: string): string => (one < other ? one : other)

export const shown = (text: string): string => JSON.stringify(text.slice(0, 64))
