import { expect, test } from 'vitest'
import { parseCsv } from './csv.ts'
import { named } from './statement.ts'

const HEAD = [
  '"Kontoauszug";"NORTHBANK";"19.11.26"',
  '"Buchungstag";"Wertstellung";"Umsatzart";"Gegenkonto";"Verwendungszweck";"Betrag";"Währung";"Bankreferenz";',
]
const row = (n: number, purpose = 'text', amount = '-1,00'): string =>
  `19.11.2026;20.11.2026;EINZELPOSTEN;Somebody;${purpose};${amount};EUR;NB-${n}`
function read(...rows: string[]) {
  const [statement] = parseCsv([...HEAD, ...rows].join('\n'))
  const { lines = [], rejected = [] } = statement ?? {}
  return {
    taken: lines.map(({ lineNumber }) => lineNumber),
    rejected: rejected.map(({ lineNumber }) => lineNumber),
    lines,
  }
}

test('an open quote costs its own line only', () => {
  expect(read(row(1), row(2, '"open'), row(3), row(4))).toMatchObject({ taken: [3, 5, 6], rejected: [4] })
  // The quotes of the line after it would close it.
  expect(read(row(1, '"open'), row(2, '"whole; with a ""quote"""'), row(3))).toMatchObject({
    taken: [4, 5],
    rejected: [3],
  })
  expect(read(row(1), row(2, '"open'))).toMatchObject({ taken: [3], rejected: [4] })
})

test('a quoted field may have lines of its own, and a quote inside a text is one', () => {
  expect(read(row(1, '"first\nsecond; third"'), row(2, '3" screws'))).toMatchObject({ taken: [3, 5], rejected: [] })
})

test('every line that is not blank is taken or rejected', () => {
  const rows = [row(1), '', ';;;;;;;', '  ', row(2), 'Kontostand;100,00', row(3, 'text', '-1.234,5678')]
  expect(read(...rows)).toMatchObject({ taken: [3, 7], rejected: [8, 9] })
})

test.each([
  ['-1.234.567,89', 'DBIT', 123_456_789],
  ['+5', 'CRDT', 500],
  ['-1234,5', 'DBIT', 123_450],
  ['12,30000', 'CRDT', 1_230],
])('%s', (amount, direction, amountMinor) => {
  expect(read(row(1, 'text', amount)).lines).toMatchObject([{ direction, amountMinor }])
})

test('a text names our transactions, somebody else’s, or none', () => {
  const ours = '0192f0c1-2b3c-4d5e-8f90-0000000000c1'
  const named32 = ours.replaceAll('-', '').toUpperCase()
  const { lines } = read(
    row(1, `REF ${named32}`),
    row(2, 'IHRE REF 4711'),
    row(3, `REF ${named32} REF X`),
    row(4, 'REFERENZ'),
  )
  expect(lines.map(({ references }) => references)).toEqual([
    [named(ours)],
    [named(null)],
    [named(ours), named(null)],
    [],
  ])
})
