import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Column, COLUMN_KINDS } from './columns.ts'
import { NOWHERE } from './location.ts'
import { type RowReader } from './row-reader.ts'
import { readTransaction, TRANSACTION_COLUMNS } from './transaction-row.ts'

const CONTRACTS = new URL('../../docs/CONTRACTS.md', import.meta.url)
const BEGIN = '<!-- generated: the columns of transactions -->'
const END = '<!-- end -->'

/** What the jobs ask of each column. The event time is read of every record. */
function readByJobs(): Map<string, 'required' | 'optional'> {
  const asked = new Map<string, 'required' | 'optional'>([['created_at', 'required']])
  const ask =
    <T>(how: 'required' | 'optional', value: T) =>
    ({ name }: Column): T => {
      asked.set(name, how)
      return value
    }
  const recorder: RowReader = {
    eventTimeMs: 0,
    changedAtMs: 0,
    isSnapshot: false,
    uuid: ask('required', ''),
    // A merchant is said to be there, so that its category is asked for.
    optionalUuid: ask('optional', ''),
    oneOf: (column) => {
      asked.set(column.name, 'required')
      return column.values![0]!
    },
    minor: ask('required', 0),
    text: ask('optional', undefined),
    flag: ask('optional', false),
    texts: ask('optional', []),
    location: ask('optional', NOWHERE),
  }
  readTransaction(recorder)
  return asked
}

function columnsTable(): string {
  const asked = readByJobs()
  const rows = Object.values(TRANSACTION_COLUMNS).map(({ name, kind, nullable, values = [], about = '' }) => {
    const meaning = [about, values.map((value) => `\`${value}\``).join(', ')].filter((part) => part !== '').join(': ')
    return `| \`${name}\` | \`${COLUMN_KINDS[kind].sql}\`${nullable ? ', null' : ''} | ${asked.get(name) ?? ''} | ${meaning} |`
  })
  return ['| column | type | jobs read it | what |', '|---|---|---|---|', ...rows].join('\n')
}

it('the table of columns in docs/CONTRACTS.md is the one that is declared (UPDATE_DOCS=1 writes it)', () => {
  const page = readFileSync(CONTRACTS, 'utf8')
  const [before, rest] = page.split(`${BEGIN}\n`)
  const after = rest?.slice(rest.indexOf(END))
  const expected = `${before}${BEGIN}\n\n${columnsTable()}\n\n${after}`
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(CONTRACTS, expected)
  else expect(page).toBe(expected)
})
