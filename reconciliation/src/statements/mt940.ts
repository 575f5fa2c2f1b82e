import { DAY_MS, formatMinor } from '@fintech-streams/contracts'
import { addDays } from '../calendar.ts'
import { type Balance, imbalanceOf } from './balance.ts'
import { namesIn, purposeOf } from './mt940-purpose.ts'
import {
  amountOf,
  BadLine,
  BadStatement,
  currencyOf,
  dateFrom,
  type Direction,
  Lines,
  madeReference,
  ofFile,
  type Owner,
  type ParsedStatement,
  saysNothing,
  shown,
  type Statement,
  type StatementLine,
} from './statement.ts'

/**
 * SWIFT MT940, customer statement message: fields such as `:61:`, one message per account, several in a file. Of a
 * closing balance `:62M:` another message of the same day follows.
 */
const FIELD = /^:(\d\d[A-Z]?):(.*)$/
const BALANCE = /^([CD])(\d\d)(\d\d)(\d\d)([A-Z]{3})([\d,]+)/
const ENTRY =
  /^(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d))?(RC|RD|C|D)[A-Z]?(\d+,\d*)[A-Z][A-Z0-9]{3}(?:(?!\/\/).)*(?:\/\/(.*))?$/
/** What MT942, the report of a day that is not over, has and MT940 has not. */
const INTERIM = ['34F', '13D', '13']
const HALF_YEAR_MS = 183 * DAY_MS

export const isMt940 = (text: string): boolean => /^:20:/m.test(text.slice(0, 2_000)) && /^:25[A-Z]?:/m.test(text)

/** A message per currency, as an account has one. */
export function writeMt940({ bankId, date, lines, isPartial, part = 1 }: Statement): string {
  const currencies = [...new Set(lines.map(({ currency }) => currency))]
  return (currencies.length === 0 ? ['EUR'] : currencies)
    .map((currency) => {
      const own = lines.filter((line) => line.currency === currency)
      const sum = own.reduce(
        (total, line) => total + BigInt(line.direction === 'CRDT' ? 1 : -1) * BigInt(line.amountMinor),
        0n,
      )
      const balance = `${compact(date)}${currency}`
      return [
        ':20:STATEMENT',
        `:25:${bankId}/${currency}`,
        `:28C:${dayOfYear(date)}/${part}`,
        `:60F:C${balance}0,00`,
        ...own.flatMap(fieldsOf),
        `:62${isPartial === true ? 'M' : 'F'}:${sum < 0n ? 'D' : 'C'}${balance}${comma(formatMinor(sum < 0n ? -sum : sum))}`,
        '-\n',
      ].join('\n')
    })
    .join('')
}

function fieldsOf(line: StatementLine): string[] {
  const mark = line.direction === 'CRDT' ? 'C' : 'D'
  const days = `${compact(line.valueDate)}${compact(line.bookingDate).slice(2)}`
  const entry = `:61:${days}${mark}${comma(formatMinor(line.amountMinor))}NTRFNONREF//${line.bankReference}`
  return [entry, ...purposeOf(line)]
}

/**
 * An entry's line number is that of its `:61:` in the file.
 * @throws BadStatement when it is not an MT940, or a message does not end with a closing balance.
 */
export function parseMt940(text: string): ParsedStatement[] {
  const messages = messagesOf(text)
  if (messages.length === 0) throw new BadStatement('it is not an MT940: it has no field :20:')
  return messages.map(statementOf)
}

interface Field {
  readonly tag: string
  readonly lineNumber: number
  /** The field's lines; the first is behind the tag. */
  readonly lines: string[]
}

/** The fields of each message: one begins with :20: and ends with a line of a hyphen, or where the next begins. */
function messagesOf(text: string): Field[][] {
  const messages: Field[][] = []
  let field: Field | undefined
  for (const [at, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.replace(/^\{.*\{4:/, '').trimEnd()
    const [, tag, value = ''] = FIELD.exec(line) ?? []
    if (tag === '20') messages.push([])
    if (tag !== undefined) {
      field = { tag, lineNumber: at + 1, lines: [value] }
      messages.at(-1)?.push(field)
    } else if (/^-(?:\}.*)?$/.test(line)) field = undefined
    else if (line !== '') field?.lines.push(line)
  }
  return messages
}

function statementOf(fields: readonly Field[]): ParsedStatement {
  const valueOf = (...tags: readonly string[]): string | undefined =>
    fields.find(({ tag }) => tags.includes(tag))?.lines.join('')
  if (fields.some(({ tag }) => INTERIM.includes(tag))) {
    throw new BadStatement('it is an MT942, a report of a day that is not over: only statements (MT940) are taken')
  }
  const closing = balanceOf('closing balance', valueOf('62F', '62M'))
  if (closing === undefined) {
    throw new BadStatement('it does not end with a closing balance (:62F:): it may have been cut short')
  }
  const opening = balanceOf('opening balance', valueOf('60F', '60M'))
  const number = valueOf('28C', '28') ?? valueOf('20') ?? ''
  const lines = linesOf(fields, closing.currency, (place) => madeReference(`${number}-${closing.date}`, place))
  return {
    owner: ownerOf(valueOf('25', '25P') ?? ''),
    from: opening !== undefined && opening.date < closing.date ? addDays(opening.date, 1) : closing.date,
    date: closing.date,
    lines: lines.taken,
    rejected: lines.rejected,
    unbookedCount: 0,
    isPartial: valueOf('62F') === undefined,
    imbalance: lines.rejected.length === 0 ? imbalanceOf(opening, lines.taken, closing) : null,
  }
}

function linesOf(fields: readonly Field[], currency: string, reference: (place: number) => string): Lines {
  const lines = new Lines()
  let place = 0
  for (const [at, field] of fields.entries()) {
    if (field.tag !== '61') continue
    place += 1
    const purpose = fields[at + 1]?.tag === '86' ? (fields[at + 1]?.lines ?? []) : []
    const made = reference(place)
    lines.read(field.lineNumber, field.lines.join('\n'), () => lineOf(field, purpose, currency, made))
  }
  return lines
}

function lineOf(
  { lines: [entry = ''], lineNumber }: Field,
  purpose: string[],
  currency: string,
  made: string,
): StatementLine {
  const [, year = '', month = '', day = '', bookedMonth, bookedDay = '', mark = '', amount = '', bankReference = ''] =
    ENTRY.exec(entry) ?? []
  if (mark === '') throw new BadLine(`:61:${entry.slice(0, 64)} is not an entry such as 2611191119D12,50NTRFNONREF//B1`)
  const valueDate = dateFrom(`20${year}`, month, day)
  return {
    lineNumber,
    bankReference: saysNothing(bankReference) ? made : bankReference.trim(),
    direction: directionOf(mark),
    amountMinor: amountOf(amount.replace(',', '.')),
    currency,
    valueDate,
    bookingDate: bookedMonth === undefined ? valueDate : bookingDateOf(valueDate, bookedMonth, bookedDay),
    ...namesIn(purpose),
  }
}

/** Where the money went in the end: the reversal of a credit (RC) is money that left. */
const directionOf = (mark: string): Direction => (mark === 'C' || mark === 'RD' ? 'CRDT' : 'DBIT')

/** A day without a year is the one nearest to the value date. */
function bookingDateOf(valueDate: string, month: string, day: string): string {
  const year = Number(valueDate.slice(0, 4))
  const near = [year, year - 1, year + 1].find((candidate) => {
    const apart = Date.parse(`${candidate}-${month}-${day}`) - Date.parse(valueDate)
    return Math.abs(apart) <= HALF_YEAR_MS
  })
  return dateFrom(String(near ?? year), month, day)
}

function balanceOf(what: string, text: string | undefined): (Balance & { readonly date: string }) | undefined {
  if (text === undefined) return undefined
  const [, mark, year = '', month = '', day = '', currency = '', amount = ''] = BALANCE.exec(text) ?? []
  if (mark === undefined) throw new BadStatement(`its ${what} ${shown(text)} is none such as C261119EUR1000,00`)
  return ofFile(`its ${what}`, () => {
    const minor = amountOf(amount.replace(',', '.'))
    return {
      date: dateFrom(`20${year}`, month, day),
      currency: currencyOf(currency),
      amountMinor: mark === 'D' ? -minor : minor,
    }
  })
}

/** `IBAN`, `bank/account` or `BIC/account`, with or without the account's currency behind it. */
function ownerOf(text: string): Owner {
  const account = text.replaceAll(/\s/g, '')
  const [bank = ''] = account.split('/')
  return { id: bank, account, bic: bank, name: '' }
}

const compact = (date: string): string => date.slice(2).replaceAll('-', '')
const comma = (amount: string): string => amount.replace('.', ',')

const dayOfYear = (date: string): string => {
  const days = (Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / DAY_MS
  return String(days + 1).padStart(5, '0')
}
