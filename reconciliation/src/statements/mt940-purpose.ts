import { namedPayments, referenceOf, type StatementLine } from './statement.ts'

/**
 * What field `:86:` says of an entry: a text, or parts that begin with `?20` (German banks) or `/EREF/` (others). Its
 * lines have a fixed length, so a word goes on in the next one.
 */
const WIDTH = 27
const LINE_WIDTH = 65
const PURPOSE_PARTS = [...range(20, 29), ...range(60, 63)]
const NAME_PARTS = ['32', '33']
/** The words that begin a part of a SEPA purpose. */
const EREF = /EREF\+(.*?)(?=(?:KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|EREF)\+|$)/gi
const SLASH_EREF = /\/EREF\/(.*?)(?=\/[A-Z]{2,5}\/|\/\/|$)/gi
const SLASH_NAME = /\/NAME\/(.*?)(?=\/[A-Z]{2,5}\/|\/\/|$)/i
const OURS = /(?<![0-9A-Z])[0-9A-F]{32}(?![0-9A-Z])/gi

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, n) => String(from + n))
}

/** The field `:86:` of a line. */
export function purposeOf({ references, counterparty }: StatementLine): string[] {
  const names = references.map(({ transactionId }) => `EREF+${referenceOf(transactionId ?? 'OTHER')}`).join('')
  const parts = [
    ...slices(names).map((slice, at) => [PURPOSE_PARTS[at], slice]),
    ...slices(counterparty).map((slice, at) => [NAME_PARTS[at], slice]),
  ]
  const text = `166?00BUCHUNG${parts.map(([code, slice]) => `?${code}${slice}`).join('')}`
  const lines = text.match(new RegExp(`.{1,${LINE_WIDTH}}`, 'g')) ?? []
  return lines.map((line, at) => (at === 0 ? `:86:${line}` : line))
}

const slices = (text: string): string[] => text.match(new RegExp(`.{1,${WIDTH}}`, 'g')) ?? []

/** The payments that an entry names, and who is at the other end. */
export function namesIn(lines: readonly string[]): Pick<StatementLine, 'references' | 'unnamedCount' | 'counterparty'> {
  const joined = lines.join('')
  const separator = /^\d{3}([^0-9A-Za-z\s])\d\d/.exec(joined)?.[1]
  if (separator !== undefined) return ofParts(joined, separator)
  const names = [...joined.matchAll(SLASH_EREF)].map(([, name = '']) => name)
  // Without a word before it only our own form tells a reference from the rest of the text.
  const found = names.length > 0 ? names : (lines.join(' ').match(OURS) ?? joined.match(OURS) ?? [])
  return { ...namesFrom(found), counterparty: (SLASH_NAME.exec(joined)?.[1] ?? '').trim() }
}

function ofParts(text: string, separator: string) {
  const parts = text.split(separator).slice(1)
  const join = (codes: readonly string[]): string =>
    parts
      .filter((part) => codes.includes(part.slice(0, 2)))
      .map((part) => part.slice(2))
      .join('')
  const purpose = join(PURPOSE_PARTS)
  const names = [...purpose.matchAll(EREF)].map(([, name = '']) => name)
  return { ...namesFrom(names.length > 0 ? names : (purpose.match(OURS) ?? [])), counterparty: join(NAME_PARTS).trim() }
}

/** Blanks inside a name are where a line ended. */
const namesFrom = (names: readonly string[]) => ({
  references: namedPayments(names.map((name) => name.replaceAll(/\s/g, ''))),
  unnamedCount: 0,
})
