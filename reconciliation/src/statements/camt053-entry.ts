import {
  amountOf,
  BadLine,
  currencyOf,
  dateFrom,
  type Direction,
  named,
  type NamedPayment,
  saysNothing,
  shown,
  type StatementLine,
  transactionIdOf,
} from './statement.ts'
import { attribute, children, descendant, leaf, textOf, type XmlNode } from './xml.ts'

/** Announced, expected, or for information: not booked. */
const UNBOOKED: readonly string[] = ['PDNG', 'FUTR', 'INFO']

/** What an entry takes from its statement where it does not say it itself. */
export interface EntryContext {
  /** Its place among the file's entries, counted from 1. */
  readonly lineNumber: number
  /** Where the bank gives the entry no reference. */
  readonly madeReference: string
  /** Where the bank gives the entry no day; undefined where the statement has none either. */
  readonly date: string | undefined
}

/** Older versions have the code as the element's text, newer ones below it. */
const statusOf = (entry: XmlNode): string =>
  leaf(entry, 'Sts', 'Cd') || leaf(entry, 'Sts', 'Prtry') || leaf(entry, 'Sts') || 'BOOK'

export const isUnbooked = (entry: XmlNode): boolean => UNBOOKED.includes(statusOf(entry))

/** @throws BadLine when the entry cannot be read. */
export function lineOf(entry: XmlNode, { lineNumber, madeReference, date }: EntryContext): StatementLine {
  const status = statusOf(entry)
  if (status !== 'BOOK' && !UNBOOKED.includes(status)) {
    throw new BadLine(`status ${shown(status)} is none of BOOK, ${UNBOOKED.join(', ')}`)
  }
  const payments = children(entry, 'NtryDtls').flatMap((block) => children(block, 'TxDtls'))
  const amount = descendant(entry, 'Amt')
  const currency = currencyOf(attribute(amount, 'Ccy'))
  const direction = directionOf(leaf(entry, 'CdtDbtInd'))
  const [valued, booked] = [dateOf(descendant(entry, 'ValDt')), dateOf(descendant(entry, 'BookgDt'))]
  const bookingDate = booked ?? valued ?? date
  if (bookingDate === undefined) throw new BadLine('it has no date, and its statement has none either')
  return {
    lineNumber,
    bankReference: bankReferenceOf(entry, payments) ?? madeReference,
    direction,
    amountMinor: amountOf(textOf(amount)),
    currency,
    valueDate: valued ?? bookingDate,
    bookingDate,
    ...namesOf(entry, payments, direction, currency),
  }
}

/** The entry's own, else that of its only payment. */
function bankReferenceOf(entry: XmlNode, payments: readonly XmlNode[]): string | undefined {
  const own = leaf(entry, 'AcctSvcrRef')
  const candidates = payments.length === 1 ? [own, leaf(payments[0] ?? {}, 'Refs', 'AcctSvcrRef')] : [own]
  return candidates.find((reference) => !saysNothing(reference))
}

/** The payments that an entry names, how many it has beside them, and who is at the other end. */
function namesOf(
  entry: XmlNode,
  payments: readonly XmlNode[],
  direction: Direction,
  currency: string,
): Pick<StatementLine, 'references' | 'unnamedCount' | 'counterparty'> {
  const read = payments.map((payment) => ({
    name: nameOf(payment, direction, currency),
    counterparty: counterpartyOf(payment, direction),
  }))
  const references = read.flatMap(({ name }) => (name === undefined ? [] : [name]))
  // What is not named is matched by who is at the other end of it, so a name does not speak for the others.
  const unnamed = read.filter(({ name }) => name === undefined)
  const stated = children(entry, 'NtryDtls').map((block) => Number(leaf(block, 'Btch', 'NbOfTxs')) || 0)
  const count = Math.max(
    payments.length,
    stated.reduce((sum, n) => sum + n, 0),
  )
  return {
    references,
    unnamedCount: references.length === 0 ? 0 : count - references.length,
    counterparty: commonOf((unnamed.length === 0 ? read : unnamed).map(({ counterparty }) => counterparty)),
  }
}

/** Our reference is where the payment's own is; undefined where the payment has no name at all. */
function nameOf(payment: XmlNode, direction: Direction, currency: string): NamedPayment | undefined {
  const ids = ['EndToEndId', 'InstrId', 'TxId'].map((name) => transactionIdOf(leaf(payment, 'Refs', name)))
  // A payment is somebody else's by its own reference alone: the bank writes what it likes into the others.
  const id = ids.find((candidate) => typeof candidate === 'string') ?? ids[0]
  return id === undefined ? undefined : named(id, partOf(payment, direction, currency))
}

/** A payment's part of the entry's amount; null where it is not given in the entry's currency and direction. */
function partOf(payment: XmlNode, direction: Direction, currency: string): number | null {
  const own = leaf(payment, 'CdtDbtInd')
  if (own !== '' && own !== direction) return null
  const amount = [descendant(payment, 'Amt'), descendant(payment, 'AmtDtls', 'TxAmt', 'Amt')].find(
    (candidate) => attribute(candidate, 'Ccy') === currency,
  )
  const minor = amount === undefined ? 0 : amountOf(textOf(amount))
  return minor === 0 ? null : minor
}

/** Of money that left, who got it; of money that came, who sent it; else whoever is named. */
function counterpartyOf(payment: XmlNode, direction: Direction): string {
  const parties = descendant(payment, 'RltdPties')
  const sides = direction === 'DBIT' ? ['Cdtr', 'Dbtr'] : ['Dbtr', 'Cdtr']
  const names = sides.flatMap((side) => [
    leaf(parties, side, 'Pty', 'Nm'),
    leaf(parties, side, 'Nm'),
    leaf(parties, side, 'Agt', 'FinInstnId', 'Nm'),
  ])
  return names.find((name) => name !== '') ?? ''
}

const commonOf = ([first = '', ...rest]: readonly string[]): string =>
  rest.every((other) => other === first) ? first : ''

function directionOf(text: string): Direction {
  if (text === 'CRDT' || text === 'DBIT') return text
  throw new BadLine(`CdtDbtInd ${shown(text)} is not CRDT or DBIT`)
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T.*|Z|[+-]\d\d:\d\d)?$/

/** A choice of a day or a time; the day is the bank's own, whatever its zone. @throws BadLine where it is none. */
export function dateOf(choice: XmlNode): string | undefined {
  return dayOf(leaf(choice, 'Dt') || leaf(choice, 'DtTm'))
}

/** The day of a date or a time. @throws BadLine where it is none. */
export function dayOf(text: string): string | undefined {
  if (text === '') return undefined
  const [, year = text, month = '', day = ''] = DATE.exec(text) ?? []
  return dateFrom(year, month, day)
}
