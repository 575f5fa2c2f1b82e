import {
  BadLine,
  BadStatement,
  currencyOf,
  dateFrom,
  type Direction,
  Lines,
  madeReference,
  namedPayments,
  type NamedPayment,
  ofFile,
  type ParsedStatement,
  paymentCount,
  plainStatement,
  referenceOf,
  saysNothing,
  shown,
  type Statement,
  type StatementLine,
} from './statement.ts'

/**
 * A card processor's settlement file: one record a line, each field at its place. A header (HDR), details (DTL), under a
 * batch's detail its references (REF), and a trailer (TRL) with the number of details and the sum of their amounts. A P
 * at the header's end says that more of the day is to come.
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

export function writeFixedWidth({ bankId, date, lines, isPartial }: Statement): string {
  const sum = lines.reduce((total, line) => total + BigInt(line.amountMinor), 0n)
  const header = `HDR${bankId.padEnd(10)}${compactDate(date)}${isPartial === true ? 'P' : ''}`
  const trailer = `TRL${String(lines.length).padStart(9, '0')}${String(sum).padStart(SUM_DIGITS, '0')}`
  return [header, ...lines.flatMap(recordsOf), trailer, ''].join('\n')
}

function recordsOf(line: StatementLine): string[] {
  const references = line.references.map(({ transactionId }) => referenceOf(transactionId ?? 'OTHER'))
  const count = paymentCount(line)
  const detail = [
    'DTL',
    line.bankReference.padEnd(20),
    line.counterparty.padEnd(36),
    (count === 1 ? (references[0] ?? '') : '').padEnd(32),
    String(count).padStart(5, '0'),
    String(line.amountMinor).padStart(15, '0'),
    line.currency,
    line.direction === 'DBIT' ? 'D' : 'C',
    compactDate(line.valueDate),
    compactDate(line.bookingDate),
  ].join('')
  return count < 2 ? [detail] : [detail, ...references.map((reference) => `REF${reference}`)]
}

/** @throws BadStatement when header or trailer are missing or the trailer's count or sum is not the details'. */
export function parseFixedWidth(text: string): ParsedStatement[] {
  const records = text.split(/\r\n|\n|\r/)
  const [, bankId = '', year = '', month = '', day = '', part] = HEADER.exec(records[0] ?? '') ?? []
  if (bankId === '') throw new BadStatement('it does not begin with a header such as HDRPAYRAIL   20261120')
  const end = records.findLastIndex((record) => TRAILER.test(record))
  const [, count, sum] = TRAILER.exec(records[end] ?? '') ?? []
  if (count === undefined || sum === undefined) {
    throw new BadStatement('it does not end with a trailer: it may have been cut short')
  }
  const date = ofFile("its header's date", () => dateFrom(year, month, day))
  const details = new Details(date)
  for (const [at, record] of records.entries()) {
    if (at > end) details.add(record, at + 1, 'it is behind the trailer')
    else if (at > 0 && at < end) details.add(record, at + 1)
  }
  const { lines } = details
  details.check(Number(count), BigInt(sum))
  return [plainStatement(bankId, date, part !== undefined, lines)]
}

const HEADER = /^HDR([A-Z0-9]{1,10}) *(\d{4})(\d\d)(\d\d)(P)?\s*$/
const TRAILER = /^TRL(\d{9})(\d{18})\s*$/

/** A detail and the references that follow it become one line. */
class Details {
  readonly lines = new Lines()
  readonly #date: string
  #count = 0
  #sum = 0n
  /** References of the last detail that are still to come, and where to keep them; none after a rejected one. */
  #batch: NamedPayment[] | undefined

  constructor(date: string) {
    this.#date = date
  }

  add(record: string, lineNumber: number, refusal?: string): void {
    if (record.trim() === '') return
    if (refusal !== undefined) this.lines.reject(lineNumber, record, refusal)
    else if (record.startsWith('DTL')) this.#detail(record, lineNumber)
    else if (record.startsWith('REF')) this.#batch?.push(...namedPayments([record.slice(3).trim()]))
    else this.lines.reject(lineNumber, record, `record type ${shown(record.slice(0, 3))} is not DTL or REF`)
  }

  /** @throws BadStatement when the trailer says otherwise. */
  check(count: number, sum: bigint): void {
    if (this.#count !== count) throw new BadStatement(`it has ${this.#count} details, its trailer says ${count}`)
    // A detail that cannot be read has no amount, so the sum can be checked only where all could be.
    if (this.lines.rejected.length === 0 && this.#sum !== sum) {
      throw new BadStatement(`its details sum up to ${this.#sum}, its trailer says ${sum}`)
    }
  }

  #detail(record: string, lineNumber: number): void {
    this.#count += 1
    this.#batch = undefined
    this.lines.read(lineNumber, record, () => {
      const line = detailOf(record, lineNumber, madeReference(this.#date, this.#count))
      this.#sum += BigInt(line.amountMinor)
      this.#batch = line.references
      return line
    })
  }
}

/** Its payments are counted in the detail itself; those of a batch are named in the records after it. */
function detailOf(
  record: string,
  lineNumber: number,
  reference: string,
): StatementLine & { references: NamedPayment[] } {
  if (record.length !== DETAIL_LENGTH) throw new BadLine(`${record.length} characters, expected ${DETAIL_LENGTH}`)
  const field = (name: keyof typeof DETAIL): string => record.slice(...DETAIL[name]).trimEnd()
  const amount = field('amount')
  if (!/^\d{15}$/.test(amount)) throw new BadLine(`amount ${shown(amount)} is not 15 digits`)
  const bankReference = field('bankReference')
  const references = namedPayments([field('reference')])
  const stated = Number(field('referenceCount'))
  return {
    lineNumber,
    bankReference: saysNothing(bankReference) ? reference : bankReference,
    direction: directionOf(field('direction')),
    amountMinor: Number(amount),
    currency: currencyOf(field('currency')),
    valueDate: dateOfField(field('valueDate')),
    bookingDate: dateOfField(field('bookingDate')),
    counterparty: field('counterparty'),
    references,
    // Asked when the records after it have been read.
    get unnamedCount() {
      return references.length === 0 ? 0 : Math.max(0, stated - references.length)
    },
  }
}

function directionOf(text: string): Direction {
  if (text === 'D') return 'DBIT'
  if (text === 'C') return 'CRDT'
  throw new BadLine(`direction ${shown(text)} is not D or C`)
}

const dateOfField = (text: string): string => dateFrom(text.slice(0, 4), text.slice(4, 6), text.slice(6))
const compactDate = (date: string): string => date.replaceAll('-', '')
