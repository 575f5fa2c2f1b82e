import { addDays } from '../calendar.ts'
import { type Balance } from './balance.ts'
import { dateOf, dayOf } from './camt053-entry.ts'
import { amountOf, BadLine, BadStatement, earlier, type Lines, ofFile } from './statement.ts'
import { attribute, children, descendant, leaf, type XmlNode } from './xml.ts'

/** What a statement says of the days that it is of. */
export interface Period {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly opening: DatedBalance | undefined
  readonly closing: DatedBalance | undefined
  /** The day of an entry that has none. */
  readonly day: string | undefined
}

interface DatedBalance extends Balance {
  readonly date: string
}

/** @throws BadStatement for a date that is none. */
export function statedPeriod(statement: XmlNode): Period {
  const read = (what: string, text: string): string | undefined => ofFile(what, () => dayOf(text))
  const created = read('its creation', leaf(statement, 'CreDtTm'))
  const from = read('its first day', leaf(statement, 'FrToDt', 'FrDtTm'))
  const to = read('its last day', leaf(statement, 'FrToDt', 'ToDtTm'))
  const opening = balancesOf(statement, 'OPBD')[0] ?? balancesOf(statement, 'PRCD')[0]
  const closing = balancesOf(statement, 'CLBD').at(-1)
  return { from, to, opening, closing, day: closing?.date ?? to ?? created }
}

/** The balances of a code in the order of their days; one whose amount cannot be read is as good as none. */
function balancesOf(statement: XmlNode, code: string): DatedBalance[] {
  return children(statement, 'Bal')
    .filter((balance) => leaf(balance, 'Tp', 'CdOrPrtry', 'Cd') === code)
    .flatMap((balance) => {
      const date = ofFile(`its balance ${code}`, () => dateOf(descendant(balance, 'Dt')))
      const amountMinor = balanceMinor(balance)
      const currency = attribute(descendant(balance, 'Amt'), 'Ccy')
      return date === undefined || amountMinor === undefined ? [] : [{ date, amountMinor, currency }]
    })
    .sort((one, other) => one.date.localeCompare(other.date))
}

function balanceMinor(balance: XmlNode): number | undefined {
  try {
    const minor = amountOf(leaf(balance, 'Amt'))
    return leaf(balance, 'CdtDbtInd') === 'DBIT' ? -minor : minor
  } catch (error) {
    if (error instanceof BadLine) return undefined
    throw error
  }
}

/** The days that a statement is of: what it says, else what was booked. @throws BadStatement when nothing tells. */
export function daysOf({ from, to, opening, closing, day }: Period, lines: Lines): { from: string; date: string } {
  const date = closing?.date ?? to ?? lines.lastBooking ?? day
  if (date === undefined) throw new BadStatement('it does not say of which day it is')
  if (from !== undefined && to === date) return { from: earlier(from, date), date }
  if (opening !== undefined && opening.date < date) return { from: addDays(opening.date, 1), date }
  return { from: earlier(lines.firstBooking ?? date, date), date }
}
