import {
  BadLine,
  BadStatement,
  currencyOf,
  dateFrom,
  type Direction,
  type ParsedStatement,
  referenceOf,
  type RejectedLine,
  shown,
  type Statement,
  type StatementLine,
  transactionIdOf,
} from './statement.ts'

/**
 * A card processor's settlement file: one record a line, each field at its place. A header (HDR), details (DTL), under a
 * batch's detail its references (REF), and a trailer (TRL) with the number of details and the sum of their amounts.
 */
const DETAIL = {
  bankReference: [3, 23],
  counterparty: [23, 59],
  reference: [59, 91],
  referenceCount: [91, 96],
  amount: [96, 111],
  currency: [111, 114],
  direction: [114, 115],
  valueDate: [115, 123],
  bookingDate: [123, 131],
} as const satisfies Record<string, readonly [number, number]>
const DETAIL_LENGTH = 131
const SUM_DIGITS = 18

export function writeFixedWidth({ bankId, date, lines }: Statement): string {
  const sum = lines.reduce((total, line) => total + BigInt(line.amountMinor), 0n)
  const trailer = `TRL${String(lines.length).padStart(9, '0')}${String(sum).padStart(SUM_DIGITS, '0')}`
  return [`HDR${bankId.padEnd(10)}${compactDate(date)}`, ...lines.flatMap(recordsOf), trailer, ''].join('\n')
}

function recordsOf(line: StatementLine): string[] {
  const { references } = line
  const detail = [
    'DTL',
    line.bankReference.padEnd(20),
    line.counterparty.padEnd(36),
    (references.length === 1 ? referenceOf(references[0]!) : '').padEnd(32),
    String(references.length).padStart(5, '0'),
    String(line.amountMinor).padStart(15, '0'),
    line.currency,
    line.direction === 'DBIT' ? 'D' : 'C',
    compactDate(line.valueDate),
    compactDate(line.bookingDate),
  ].join('')
  return references.length < 2 ? [detail] : [detail, ...references.map((id) => `REF${referenceOf(id)}`)]
}

/** @throws BadStatement when header or trailer are missing or the trailer's count or sum is not the details'. */
export function parseFixedWidth(text: string): ParsedStatement {
  const records = text.split(/\r?\n/)
  if (records.at(-1) === '') records.pop()
  const header = /^HDR([A-Z0-9]{1,10}) *(\d{4})(\d\d)(\d\d)$/.exec(records[0] ?? '')
  if (header === null) throw new BadStatement('it does not begin with a header such as HDRPAYRAIL   20261120')
  const trailer = /^TRL(\d{9})(\d{18})$/.exec(records.at(-1) ?? '')
  if (trailer === null) throw new BadStatement('it does not end with a trailer: it may have been cut short')
  const reading = new Reading()
  for (const [at, record] of records.slice(1, -1).entries()) reading.add(record, at + 2)
  const { lines, rejected, details, sum } = reading
  if (details !== Number(trailer[1])) {
    throw new BadStatement(`it has ${details} details, its trailer says ${Number(trailer[1])}`)
  }
  // A detail that cannot be read has no amount, so the sum can be checked only where all could be.
  if (rejected.length === 0 && sum !== BigInt(trailer[2]!)) {
    throw new BadStatement(`its details sum up to ${sum}, its trailer says ${BigInt(trailer[2]!)}`)
  }
  return { bankId: header[1]!, date: fileDate(header[2]!, header[3]!, header[4]!), lines, rejected }
}

/** A detail and the references that follow it become one line. */
class Reading {
  readonly lines: StatementLine[] = []
  readonly rejected: RejectedLine[] = []
  details = 0
  sum = 0n
  /** References of the last detail that are still to come, and where to keep them; none after a rejected one. */
  #batch: string[] | undefined

  add(record: string, lineNumber: number): void {
    try {
      if (record.startsWith('DTL')) this.#detail(record, lineNumber)
      else if (record.startsWith('REF')) this.#batch?.push(transactionIdOf(record.slice(3)))
      else throw new BadLine(`record type ${shown(record.slice(0, 3))} is not DTL or REF`)
    } catch (error) {
      if (!(error instanceof BadLine)) throw error
      this.rejected.push({ lineNumber, reason: error.message, line: record })
    }
  }

  #detail(record: string, lineNumber: number): void {
    this.details += 1
    this.#batch = undefined
    const line = detailOf(record, lineNumber)
    this.sum += BigInt(line.amountMinor)
    this.#batch = line.references
    this.lines.push(line)
  }
}

function detailOf(record: string, lineNumber: number): StatementLine & { references: string[] } {
  if (record.length !== DETAIL_LENGTH) throw new BadLine(`${record.length} characters, expected ${DETAIL_LENGTH}`)
  const field = (name: keyof typeof DETAIL): string => record.slice(...DETAIL[name]).trimEnd()
  if (field('bankReference') === '') throw new BadLine('the reference of the bank is empty')
  const amount = field('amount')
  if (!/^\d{15}$/.test(amount)) throw new BadLine(`amount ${shown(amount)} is not 15 digits`)
  const reference = field('reference')
  return {
    lineNumber,
    bankReference: field('bankReference'),
    direction: directionOf(field('direction')),
    amountMinor: Number(amount),
    currency: currencyOf(field('currency')),
    valueDate: dateOfField(field('valueDate')),
    bookingDate: dateOfField(field('bookingDate')),
    counterparty: field('counterparty'),
    references: reference === '' ? [] : [transactionIdOf(reference)],
  }
}

function directionOf(text: string): Direction {
  if (text === 'D') return 'DBIT'
  if (text === 'C') return 'CRDT'
  throw new BadLine(`direction ${shown(text)} is not D or C`)
}

const dateOfField = (text: string): string => dateFrom(text.slice(0, 4), text.slice(4, 6), text.slice(6))
const compactDate = (date: string): string => date.replaceAll('-', '')

function fileDate(year: string, month: string, day: string): string {
  try {
    return dateFrom(year, month, day)
  } catch (error) {
    throw error instanceof BadLine ? new BadStatement(`its header's date: ${error.message}`) : error
  }
}
