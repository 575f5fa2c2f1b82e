import { formatMinor } from '@fintech-streams/contracts'
import { parse } from 'csv-parse/sync'
import {
  amountOf,
  BadLine,
  BadStatement,
  currencyOf,
  dateFrom,
  type ParsedStatement,
  referenceOf,
  type RejectedLine,
  shown,
  type Statement,
  type StatementLine,
  transactionIdOf,
} from './statement.ts'

/**
 * A German bank's download: semicolons, dates as 20.11.2026, amounts as -1.234,50 where a minus is money that leaves the
 * customer's account, our reference inside a free text. The first line says whose statement it is and of which day.
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
const TITLE = 'Kontoauszug'
const AMOUNT = /^-?(?:\d{1,3}(?:\.\d{3})+|\d+),\d{2}$/
const DATE = /^(\d\d)\.(\d\d)\.(\d{4})$/

export function writeCsv({ bankId, date, lines }: Statement): string {
  const rows = lines.map((line) =>
    [
      germanDate(line.bookingDate),
      germanDate(line.valueDate),
      line.references.length > 1 ? 'SAMMLER' : 'EINZELPOSTEN',
      line.counterparty,
      line.references.map((id) => `REF ${referenceOf(id)}`).join(' '),
      germanAmount(line),
      line.currency,
      line.bankReference,
    ].join(';'),
  )
  return [`${TITLE};${bankId};${germanDate(date)}`, COLUMNS.join(';'), ...rows, ''].join('\n')
}

/** @throws BadStatement when the title or the columns are not those of this format. */
export function parseCsv(text: string): ParsedStatement {
  const records = parse(text, {
    delimiter: ';',
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    info: true,
    raw: true,
    skip_empty_lines: true,
  }) as unknown as CsvRecord[]
  const [title, columns, ...body] = records
  if (title?.record[0] !== TITLE) throw new BadStatement(`it does not begin with ${TITLE}`)
  if (columns === undefined || columns.record.join(';') !== COLUMNS.join(';')) {
    throw new BadStatement(`its columns are not ${COLUMNS.join(';')}`)
  }
  const lines: StatementLine[] = []
  const rejected: RejectedLine[] = []
  for (const { record, info, raw } of body) {
    try {
      lines.push(lineOf(record, info.lines))
    } catch (error) {
      if (!(error instanceof BadLine)) throw error
      rejected.push({ lineNumber: info.lines, reason: error.message, line: raw.trimEnd() })
    }
  }
  return { bankId: title.record[1] ?? '', date: dateOfFile(title.record[2] ?? ''), lines, rejected }
}

interface CsvRecord {
  readonly record: string[]
  readonly info: { readonly lines: number }
  readonly raw: string
}

function lineOf(record: readonly string[], lineNumber: number): StatementLine {
  if (record.length !== COLUMNS.length) throw new BadLine(`${record.length} fields, expected ${COLUMNS.length}`)
  const [booked, valued, , counterparty, purpose, amount, currency, bankReference] = record as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  if (bankReference === '') throw new BadLine('Bankreferenz is empty')
  if (!AMOUNT.test(amount)) throw new BadLine(`Betrag ${shown(amount)} is not an amount such as -1.234,50`)
  const isDebit = amount.startsWith('-')
  return {
    lineNumber,
    bankReference,
    direction: isDebit ? 'DBIT' : 'CRDT',
    amountMinor: amountOf((isDebit ? amount.slice(1) : amount).replaceAll('.', '').replace(',', '.')),
    currency: currencyOf(currency),
    valueDate: dateOfLine(valued),
    bookingDate: dateOfLine(booked),
    counterparty,
    references: [...purpose.matchAll(/\bREF (\S+)/g)].map(([, reference]) => transactionIdOf(reference ?? '')),
  }
}

function dateOfLine(text: string): string {
  const match = DATE.exec(text)
  if (match === null) throw new BadLine(`${shown(text)} is not a date such as 20.11.2026`)
  return dateFrom(match[3]!, match[2]!, match[1]!)
}

function dateOfFile(text: string): string {
  try {
    return dateOfLine(text)
  } catch (error) {
    throw error instanceof BadLine ? new BadStatement(`its title's date: ${error.message}`) : error
  }
}

const germanDate = (date: string): string => date.split('-').reverse().join('.')

function germanAmount({ amountMinor, direction }: StatementLine): string {
  const [whole = '0', cents = '00'] = formatMinor(amountMinor).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '.')
  return `${direction === 'DBIT' ? '-' : ''}${grouped},${cents}`
}
