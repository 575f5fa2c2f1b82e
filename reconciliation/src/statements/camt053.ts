import { formatMinor } from '@fintech-streams/contracts'
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import {
  amountOf,
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

/** ISO 20022 bank-to-customer statement; an entry with several transaction details is a batch. */
const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'
/** What ISO 20022 asks to write where there is no end-to-end reference. */
const NO_REFERENCE = 'NOTPROVIDED'

const xmlOptions = { ignoreAttributes: false, attributeNamePrefix: '@' }

export function writeCamt053({ bankId, date, lines }: Statement): string {
  const sum = lines.reduce((total, line) => total + BigInt(line.amountMinor), 0n)
  const id = `${bankId}-${date}`
  const statement = {
    Id: id,
    CreDtTm: `${date}T23:59:59Z`,
    Acct: { Id: { Othr: { Id: `${bankId}-SETTLEMENT` } }, Svcr: { FinInstnId: { Othr: { Id: bankId } } } },
    TxsSummry: { TtlNtries: { NbOfNtries: lines.length, Sum: formatMinor(sum) } },
    Ntry: lines.map(entryOf),
  }
  return new XMLBuilder({ ...xmlOptions, format: true, indentBy: ' ' }).build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    Document: {
      '@xmlns': NAMESPACE,
      BkToCstmrStmt: { GrpHdr: { MsgId: id, CreDtTm: `${date}T23:59:59Z` }, Stmt: statement },
    },
  })
}

function entryOf(line: StatementLine) {
  const counterparty = line.counterparty === '' ? {} : { RltdPties: { Dbtr: { Pty: { Nm: line.counterparty } } } }
  const references = line.references.length === 0 ? [NO_REFERENCE] : line.references.map(referenceOf)
  return {
    Amt: { '@Ccy': line.currency, '#text': formatMinor(line.amountMinor) },
    CdtDbtInd: line.direction,
    Sts: { Cd: 'BOOK' },
    BookgDt: { Dt: line.bookingDate },
    ValDt: { Dt: line.valueDate },
    AcctSvcrRef: line.bankReference,
    NtryDtls: {
      ...(references.length > 1 ? { Btch: { NbOfTxs: references.length } } : {}),
      TxDtls: references.map((reference) => ({ Refs: { EndToEndId: reference }, ...counterparty })),
    },
  }
}

type Node = Readonly<Record<string, unknown>>

/**
 * An entry's line number is its place among the entries, counted from 1.
 * @throws BadStatement when it is not a camt.053, or its summary does not fit its entries.
 */
export function parseCamt053(text: string): ParsedStatement {
  const statement = child(child(child(parsed(text), 'Document'), 'BkToCstmrStmt'), 'Stmt')
  const bankId = leaf(statement, 'Acct', 'Svcr', 'FinInstnId', 'Othr', 'Id')
  const date = leaf(statement, 'CreDtTm').slice(0, 10)
  if (bankId === '' || !/^\d{4}-\d\d-\d\d$/.test(date)) throw new BadStatement('it does not say whose it is and when')
  const entries = listOf(statement['Ntry'])
  const lines: StatementLine[] = []
  const rejected: RejectedLine[] = []
  for (const [at, entry] of entries.entries()) {
    try {
      lines.push(lineOf(entry, at + 1))
    } catch (error) {
      if (!(error instanceof BadLine)) throw error
      rejected.push({ lineNumber: at + 1, reason: error.message, line: JSON.stringify(entry) })
    }
  }
  checkSummary(statement, entries.length, lines, rejected)
  return { bankId, date, lines, rejected }
}

function parsed(text: string): Node {
  const parser = new XMLParser({
    ...xmlOptions,
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    // A statement needs no entities of its own; a file that brings some is an attack.
    processEntities: false,
  })
  try {
    return parser.parse(text, true) as Node
  } catch (error) {
    throw new BadStatement(`it is not well-formed XML: ${(error as Error).message}`)
  }
}

function checkSummary(
  statement: Node,
  entries: number,
  lines: readonly StatementLine[],
  rejected: readonly RejectedLine[],
): void {
  const stated = leaf(statement, 'TxsSummry', 'TtlNtries', 'NbOfNtries')
  if (stated !== '' && Number(stated) !== entries) {
    throw new BadStatement(`it has ${entries} entries, its summary says ${stated}`)
  }
  const statedSum = leaf(statement, 'TxsSummry', 'TtlNtries', 'Sum')
  const sum = formatMinor(lines.reduce((total, line) => total + BigInt(line.amountMinor), 0n))
  if (statedSum !== '' && rejected.length === 0 && statedSum !== sum) {
    throw new BadStatement(`its entries sum up to ${sum}, its summary says ${statedSum}`)
  }
}

function lineOf(entry: Node, lineNumber: number): StatementLine {
  const details = listOf((entry['NtryDtls'] as Node | undefined)?.['TxDtls'])
  const references = details
    .map((detail) => leaf(detail, 'Refs', 'EndToEndId'))
    .filter((reference) => reference !== '' && reference !== NO_REFERENCE)
  const bankReference = leaf(entry, 'AcctSvcrRef')
  if (bankReference === '') throw new BadLine('AcctSvcrRef is missing')
  const amount = entry['Amt'] as Node | undefined
  return {
    lineNumber,
    bankReference,
    direction: directionOf(leaf(entry, 'CdtDbtInd')),
    amountMinor: amountOf(textOf(amount?.['#text'])),
    currency: currencyOf(textOf(amount?.['@Ccy'])),
    valueDate: isoDate(leaf(entry, 'ValDt', 'Dt')),
    bookingDate: isoDate(leaf(entry, 'BookgDt', 'Dt')),
    counterparty: details[0] === undefined ? '' : leaf(details[0], 'RltdPties', 'Dbtr', 'Pty', 'Nm'),
    references: references.map(transactionIdOf),
  }
}

function directionOf(text: string): Direction {
  if (text === 'CRDT' || text === 'DBIT') return text
  throw new BadLine(`CdtDbtInd ${shown(text)} is not CRDT or DBIT`)
}

function isoDate(text: string): string {
  const [year = '', month = '', day = ''] = text.split('-')
  return dateFrom(year, month, day)
}

function child(node: Node, name: string): Node {
  const found = node[name]
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw new BadStatement(`it is not a camt.053 with one statement: ${name} is missing or there are several`)
  }
  return found as Node
}

function leaf(node: Node, ...path: readonly string[]): string {
  let at: unknown = node
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return ''
    at = (at as Node)[name]
  }
  return textOf(at)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function listOf(value: unknown): Node[] {
  if (value === undefined || value === '') return []
  return (Array.isArray(value) ? value : [value]) as Node[]
}
