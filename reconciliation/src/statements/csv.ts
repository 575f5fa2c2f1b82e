import { formatMinor } from '@fintech-streams/contracts'
import { parse } from 'csv-parse/sync'
import {
  amountOf,
  BadLine,
  BadStatement,
  currencyOf,
  dateFrom,
  Lines,
  madeReference,
  namedPayments,
  ofFile,
  type ParsedStatement,
  plainStatement,
  referenceOf,
  saysNothing,
  shown,
  type Statement,
  type StatementLine,
} from './statement.ts'

/**
 * A German bank's download: semicolons, dates as 20.11.2026, amounts as -1.234,50 where a minus is money that leaves the
 * customer's account, our reference inside a free text. The first line says whose statement it is and of which day, and
 * whether more of that day is to come.
 */
const COLUMNS = [
  'Buchungstag',
  'Wertstellung',
  'Umsatzart',
  'Gegenkonto',
  'Verwendungszweck',
  'Betrag',
  'Währung',
  'Bankreferenz',
] as const
export const TITLE = 'Kontoauszug'
const PARTIAL = 'Teilauszug'
const AMOUNT = /^[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d*)?$/
const DATE = /^(\d\d)\.(\d\d)\.(\d{4}|\d\d)$/
/** A quoted field may go on in lines after it, which do not begin as a record does. */
const RECORD_START = /^"?\d\d\.\d\d\.\d{2,4}"?;/
const FIELD_LINES_MAX = 20

export function writeCsv({ bankId, date, lines, isPartial }: Statement): string {
  const rows = lines.map((line) =>
    [
      germanDate(line.bookingDate),
      germanDate(line.valueDate),
      line.references.length > 1 ? 'SAMMLER' : 'EINZELPOSTEN',
      line.counterparty,
      line.references.map(({ transactionId }) => `REF ${referenceOf(transactionId ?? 'OTHER')}`).join(' '),
      germanAmount(line),
      line.currency,
      line.bankReference,
    ].join(';'),
  )
  const title = [TITLE, bankId, germanDate(date), ...(isPartial === true ? [PARTIAL] : [])]
  return [title.join(';'), COLUMNS.join(';'), ...rows, ''].join('\n')
}

/** @throws BadStatement when the title or the columns are not those of this format. */
export function parseCsv(text: string): ParsedStatement[] {
  const [title, columns, ...body] = recordsOf(text)
  const [start, bankId = '', day = '', part = ''] = title?.fields?.map((field) => field.trim()) ?? []
  if (start !== TITLE) throw new BadStatement(`it does not begin with ${TITLE}`)
  if (columns?.fields === undefined || withoutEmptyEnd(columns.fields).join(';') !== COLUMNS.join(';')) {
    throw new BadStatement(`its columns are not ${COLUMNS.join(';')}`)
  }
  const date = ofFile("its title's date", () => dateOfLine(day))
  const lines = new Lines()
  for (const [at, { lineNumber, raw, fields }] of body.entries()) {
    lines.read(lineNumber, raw, () => lineOf(fields, lineNumber, madeReference(date, at + 1)))
  }
  return [plainStatement(bankId, date, part === PARTIAL, lines)]
}

interface CsvRecord {
  /** Of its first line, counted from 1. */
  readonly lineNumber: number
  readonly raw: string
  /** Undefined where a quote is left open. */
  readonly fields: readonly string[] | undefined
}

/** The records of a text. An open quote costs its own line only: what follows is read as if it had not been there. */
function recordsOf(text: string): CsvRecord[] {
  const lines = text.split(/\r\n|\n|\r/)
  const records: CsvRecord[] = []
  for (let at = 0; at < lines.length;) {
    const lineNumber = at + 1
    const { raw, fields } = recordAt(lines, at)
    at += raw.split('\n').length
    if (/[^;\s"]/.test(raw)) records.push({ lineNumber, raw, fields })
  }
  return records
}

function recordAt(lines: readonly string[], at: number): Pick<CsvRecord, 'raw' | 'fields'> {
  const first = lines[at] ?? ''
  if (!first.includes('"')) return { raw: first, fields: first.split(';') }
  for (let end = at + 1; end <= Math.min(at + FIELD_LINES_MAX, lines.length); end += 1) {
    if (end > at + 1 && RECORD_START.test(lines[end - 1] ?? '')) break
    const raw = lines.slice(at, end).join('\n')
    const fields = fieldsOf(raw)
    if (fields !== undefined) return { raw, fields }
  }
  return { raw: first, fields: undefined }
}

/** Undefined where a quote is left open. */
function fieldsOf(raw: string): readonly string[] | undefined {
  try {
    const [fields] = parse(raw, { delimiter: ';', relax_column_count: true, relax_quotes: true })
    return fields
  } catch {
    return undefined
  }
}

const withoutEmptyEnd = (fields: readonly string[]): readonly string[] =>
  fields.slice(0, fields.findLastIndex((field) => field.trim() !== '') + 1)

function lineOf(fields: readonly string[] | undefined, lineNumber: number, reference: string): StatementLine {
  if (fields === undefined) throw new BadLine('a quote is left open')
  if (fields.length !== COLUMNS.length) throw new BadLine(`${fields.length} fields, expected ${COLUMNS.length}`)
  const [booked = '', valued = '', , counterparty = '', purpose = '', signed = '', currency = '', bankReference = ''] =
    fields.map((field) => field.trim())
  if (!AMOUNT.test(signed)) throw new BadLine(`Betrag ${shown(signed)} is not an amount such as -1.234,50`)
  const bookingDate = dateOfLine(booked)
  return {
    lineNumber,
    bankReference: saysNothing(bankReference) ? reference : bankReference,
    direction: signed.startsWith('-') ? 'DBIT' : 'CRDT',
    amountMinor: amountOf(signed.replace(/^[-+]/, '').replaceAll('.', '').replace(',', '.')),
    currency: currencyOf(currency),
    valueDate: valued === '' ? bookingDate : dateOfLine(valued),
    bookingDate,
    counterparty,
    references: namedPayments([...purpose.matchAll(/\bREF (\S+)/g)].map(([, name = '']) => name)),
    unnamedCount: 0,
  }
}

function dateOfLine(text: string): string {
  const [, day = '', month = '', year = ''] = DATE.exec(text.trim()) ?? []
  if (day === '') throw new BadLine(`${shown(text)} is not a date such as 20.11.2026`)
  return dateFrom(year.length === 2 ? `20${year}` : year, month, day)
}

const germanDate = (date: string): string => date.split('-').reverse().join('.')

function germanAmount({ amountMinor, direction }: StatementLine): string {
  const [whole = '0', cents = '00'] = formatMinor(amountMinor).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '.')
  return `${direction === 'DBIT' ? '-' : ''}${grouped},${cents}`
}
