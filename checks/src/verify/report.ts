import { type Method } from './checked-jobs.ts'
import { type Comparison } from './compare.ts'
import { type Verification } from './verify.ts'

const COLUMNS = ['expected', 'found', 'missing', 'duplicate', 'wrong', 'unexpected'] as const
const NAME_WIDTH = 40
const METHODS: Readonly<Record<Method, string>> = {
  'second implementation': 'by a second implementation',
  replay: 'by replay of its own declaration: it has no second implementation',
}
const SHOWN_CHARACTERS = 160

/** The table's head. */
export function headLine(): string {
  return 'topic or table'.padEnd(NAME_WIDTH) + COLUMNS.map((column) => column.padStart(11)).join('')
}

/** One comparison as a line of the table, with its examples below. */
export function comparisonLines(comparison: Comparison, method?: Method): string[] {
  const numbers = COLUMNS.map((column) => String(comparison[column]).padStart(11)).join('')
  const examples = comparison.examples.flatMap(({ fault, key, differences }) => [
    `  ${fault}: ${key}`,
    ...differences.map(({ field, expected, got }) => `    ${field}: expected ${shown(expected)}, got ${shown(got)}`),
  ])
  const how = method === undefined ? '' : `  ${METHODS[method]}`
  return [comparison.name.padEnd(NAME_WIDTH) + numbers + how, ...examples]
}

/** What the source held, and the verdict. */
export function summaryLines(verification: Verification): string[] {
  const { records, transactions, counted, duplicates, malformed, beyondHorizon, ignored, idleSteps, implausibleSteps } =
    verification.source
  return [
    `source: ${records} records of ${transactions} transactions: ${counted} counted, ${duplicates} duplicates, ${malformed} malformed, ` +
      `${beyondHorizon} beyond the horizon, ${ignored.update} updates, ${ignored.delete} deletes, ` +
      `${ignored.moved} moved, ${ignored.tombstone} tombstones; ${idleSteps} idle steps`,
    ...verification.withheld.map(
      ({ topic, partition, records: count }) =>
        `${topic}/${partition} ends in an open transaction: ${count} records are not visible`,
    ),
    ...(implausibleSteps === 0 ? [] : [`${implausibleSteps} idle steps that wall time cannot have given`]),
    verification.ok ? 'everything is as recomputed' : 'NOT as recomputed',
  ]
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`
}
