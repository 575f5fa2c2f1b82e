import { formatMinor } from '@fintech-streams/contracts'
import { amountOf, BadStatement, type Direction, type Lines, ofFile } from './statement.ts'
import { descendant, leaf, type XmlNode } from './xml.ts'

const SUMMARIES = [
  ['TtlNtries', undefined],
  ['TtlCdtNtries', 'CRDT'],
  ['TtlDbtNtries', 'DBIT'],
] as const satisfies readonly (readonly [string, Direction | undefined])[]

const directed = (direction: Direction | undefined): string => (direction === undefined ? '' : ` of ${direction}`)

/** @throws BadStatement when a summary says otherwise than the entries, whether or not it counts what is not booked. */
export function checkSummary(statement: XmlNode, booked: Lines, unbooked: Lines): void {
  const summary = descendant(statement, 'TxsSummry')
  const rejected = booked.rejected.length + unbooked.rejected.length
  for (const [name, direction] of SUMMARIES) {
    const sides = [[...booked.taken, ...unbooked.taken], booked.taken].map((lines) =>
      lines.filter((line) => direction === undefined || line.direction === direction),
    )
    const counts = sides.map(({ length }) => length + rejected)
    const stated = leaf(summary, name, 'NbOfNtries')
    if (stated !== '' && !counts.includes(Number(stated)) && (direction === undefined || rejected === 0)) {
      throw new BadStatement(`it has ${counts[0]} entries${directed(direction)}, its summary says ${stated}`)
    }
    const statedSum = leaf(summary, name, 'Sum')
    // An entry that cannot be read has no amount.
    if (statedSum === '' || rejected > 0) continue
    const sums = sides.map((lines) => lines.reduce((sum, line) => sum + BigInt(line.amountMinor), 0n))
    if (!sums.includes(BigInt(ofFile('the sum of its summary', () => amountOf(statedSum))))) {
      const sum = formatMinor(sums[0] ?? 0n)
      throw new BadStatement(`its entries${directed(direction)} sum up to ${sum}, its summary says ${statedSum}`)
    }
  }
}
