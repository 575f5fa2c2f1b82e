import { formatMinor } from '@fintech-streams/contracts'
import { XMLBuilder } from 'fast-xml-parser'
import { imbalanceOf } from './balance.ts'
import { isUnbooked, lineOf } from './camt053-entry.ts'
import { daysOf, statedPeriod } from './camt053-period.ts'
import { checkSummary } from './camt053-summary.ts'
import {
  BadStatement,
  Lines,
  madeReference,
  type Owner,
  type ParsedStatement,
  referenceOf,
  type Statement,
  type StatementLine,
} from './statement.ts'
import { children, descendant, descendantNamed, leaf, parseXml, XML_OPTIONS, type XmlNode } from './xml.ts'

/** ISO 20022 bank-to-customer statement; an entry with several transaction details is a batch. */
const WRITTEN_VERSION = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'
const [VERSION_MIN, VERSION_MAX] = [2, 13]
/** What ISO 20022 asks to write where there is no end-to-end reference. */
const NO_REFERENCE = 'NOTPROVIDED'

const MESSAGE = 'BkToCstmrStmt'
/** Messages of the same family that are no statements, by their number. */
const OTHER_MESSAGES: Readonly<Record<string, string>> = {
  '052': 'a camt.052, a report of a day that is not over',
  '054': 'a camt.054, a notification of single bookings',
}
/** Envelopes around a message. */
const ENVELOPE_DEPTH = 5

export function writeCamt053({ bankId, date, lines, isPartial = false, part = 1 }: Statement): string {
  const sum = lines.reduce((total, line) => total + BigInt(line.amountMinor), 0n)
  const id = part === 1 ? `${bankId}-${date}` : `${bankId}-${date}-${part}`
  const statement = {
    Id: id,
    ...(isPartial || part > 1 ? { StmtPgntn: { PgNb: part, LastPgInd: !isPartial } } : {}),
    CreDtTm: `${date}T23:59:59Z`,
    FrToDt: { FrDtTm: `${date}T00:00:00Z`, ToDtTm: `${date}T23:59:59Z` },
    Acct: { Id: { Othr: { Id: `${bankId}-SETTLEMENT` } }, Svcr: { FinInstnId: { Othr: { Id: bankId } } } },
    TxsSummry: { TtlNtries: { NbOfNtries: lines.length, Sum: formatMinor(sum) } },
    Ntry: lines.map(entryOf),
  }
  return new XMLBuilder({ ...XML_OPTIONS, format: true, indentBy: ' ' }).build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    Document: {
      '@xmlns': WRITTEN_VERSION,
      [MESSAGE]: { GrpHdr: { MsgId: id, CreDtTm: `${date}T23:59:59Z` }, Stmt: statement },
    },
  })
}

function entryOf(line: StatementLine) {
  const { currency, direction, counterparty } = line
  const side = direction === 'DBIT' ? 'Cdtr' : 'Dbtr'
  const party = counterparty === '' ? {} : { RltdPties: { [side]: { Pty: { Nm: counterparty } } } }
  const named = line.references.map(({ transactionId, amountMinor }) => ({
    Refs: { EndToEndId: transactionId === null ? 'OTHER' : referenceOf(transactionId) },
    ...(amountMinor === null ? {} : { Amt: { '@Ccy': currency, '#text': formatMinor(amountMinor) } }),
    ...party,
  }))
  const unnamed = { Refs: { EndToEndId: NO_REFERENCE }, ...party }
  const payments = [...named, ...Array.from({ length: named.length === 0 ? 1 : line.unnamedCount }, () => unnamed)]
  return {
    Amt: { '@Ccy': currency, '#text': formatMinor(line.amountMinor) },
    CdtDbtInd: direction,
    Sts: { Cd: 'BOOK' },
    BookgDt: { Dt: line.bookingDate },
    ValDt: { Dt: line.valueDate },
    AcctSvcrRef: line.bankReference,
    NtryDtls: { ...(payments.length > 1 ? { Btch: { NbOfTxs: payments.length } } : {}), TxDtls: payments },
  }
}

/**
 * Versions 02 to 13. An entry's line number is its place among the file's entries, counted from 1.
 * @throws BadStatement when it is not a camt.053, or a summary does not fit its entries.
 */
export function parseCamt053(text: string): ParsedStatement[] {
  const message = messageOf(text)
  const statements = children(message, 'Stmt')
  if (statements.length === 0) throw new BadStatement('it is a camt.053 without a statement')
  const isPaged = leaf(message, 'GrpHdr', 'MsgPgntn', 'LastPgInd') === 'false'
  let entriesBefore = 0
  return statements.map((statement) => {
    const parsed = statementOf(statement, entriesBefore, isPaged)
    entriesBefore += children(statement, 'Ntry').length
    return parsed
  })
}

/** What some tools add behind the document. */
function withoutTrailer(text: string): string {
  const end = /^[\s\S]*<\/(?:\w+:)?Document\s*>/.exec(text)?.[0]
  return end === undefined || text.slice(end.length).includes('<') ? text : end
}

/** The message, whatever envelope it comes in. @throws BadStatement when it is another one. */
function messageOf(text: string): XmlNode {
  const message = descendantNamed(parseXml(withoutTrailer(text)), MESSAGE, ENVELOPE_DEPTH)
  const [, kind = '053', version] = /\bcamt\.(\d{3})\.001\.(\d+)/.exec(text) ?? []
  const other = OTHER_MESSAGES[kind]
  if (message === undefined && other !== undefined) {
    throw new BadStatement(`it is ${other}: only statements (camt.053) are taken, which bring the same`)
  }
  if (message === undefined) throw new BadStatement(`it is not a camt.053: it has no ${MESSAGE}`)
  if (version !== undefined && (Number(version) < VERSION_MIN || Number(version) > VERSION_MAX)) {
    throw new BadStatement(`it is version ${version} of camt.053: 02 to ${VERSION_MAX} are known`)
  }
  return message
}

function statementOf(statement: XmlNode, entriesBefore: number, isPartOfMessage: boolean): ParsedStatement {
  const period = statedPeriod(statement)
  const [booked, unbooked] = [new Lines(), new Lines()]
  for (const [at, entry] of children(statement, 'Ntry').entries()) {
    const lineNumber = entriesBefore + at + 1
    const context = { lineNumber, madeReference: madeReference(leaf(statement, 'Id'), at + 1), date: period.day }
    const lines = isUnbooked(entry) ? unbooked : booked
    lines.read(lineNumber, JSON.stringify(entry), () => lineOf(entry, context))
  }
  const pages = descendant(statement, 'StmtPgntn')
  const isPartial = isPartOfMessage || leaf(pages, 'LastPgInd') === 'false'
  // A page's summary and balances may be those of all pages.
  const isWhole = !isPartial && ['', '1'].includes(leaf(pages, 'PgNb'))
  if (isWhole) checkSummary(statement, booked, unbooked)
  const isChecked = isWhole && booked.rejected.length === 0
  return {
    owner: ownerOf(descendant(statement, 'Acct')),
    ...daysOf(period, booked),
    lines: booked.taken,
    rejected: booked.rejected,
    unbookedCount: unbooked.taken.length + unbooked.rejected.length,
    isPartial,
    imbalance: isChecked ? imbalanceOf(period.opening, booked.taken, period.closing) : null,
  }
}

function ownerOf(account: XmlNode): Owner {
  const bank = descendant(account, 'Svcr', 'FinInstnId')
  return {
    id: leaf(bank, 'Othr', 'Id'),
    account: leaf(account, 'Id', 'IBAN') || leaf(account, 'Id', 'Othr', 'Id'),
    bic: leaf(bank, 'BICFI') || leaf(bank, 'BIC'),
    name: leaf(bank, 'Nm') || leaf(bank, 'NmAndAdr', 'Nm'),
  }
}
