import pg from 'pg'
import { expect, test } from 'vitest'
import { linesResult, rowsResult } from './results.ts'

const { FLOAT8, INT8, NUMERIC, TEXT, TIMESTAMPTZ, JSONB } = pg.types.builtins
const field = (name: string, dataTypeID: number) => ({ name, dataTypeID })
const at = (seconds: number): Date => new Date(seconds * 1_000)

test('lines are named as Grafana names them, and have a point for each row', () => {
  const byMetric = linesResult('A', {
    fields: [field('time', FLOAT8), field('metric', TEXT), field('value', NUMERIC)],
    rows: [
      [60, 'VIP', '1.50'],
      [60, 'BASIC', '2'],
      [120, 'VIP', null],
    ],
  })
  expect(byMetric).toEqual({
    kind: 'lines',
    ref_id: 'A',
    lines: [
      {
        name: 'VIP',
        points: [
          [60_000, 1.5],
          [120_000, null],
        ],
      },
      { name: 'BASIC', points: [[60_000, 2]] },
    ],
  })
  const names = (fields: string[], row: unknown[]): string[] =>
    linesResult('A', { fields: fields.map((name) => field(name, NUMERIC)), rows: [row] }).lines.map(({ name }) => name)
  expect(names(['time', 'low', 'high'], [60, '1', '2'])).toEqual(['low', 'high'])
  expect(names(['time', 'metric', 'low', 'high'], [60, 'VIP', '1', '2'])).toEqual(['VIP low', 'VIP high'])
  expect(
    linesResult('A', { fields: [field('time', TIMESTAMPTZ), field('n', INT8)], rows: [[at(60), '3']] }).lines,
  ).toEqual([{ name: 'n', points: [[60_000, 3]] }])
})

test('rows keep their texts; times are milliseconds, and what is no number is none', () => {
  const result = rowsResult('B', {
    fields: [field('time', TIMESTAMPTZ), field('amount', NUMERIC), field('name', TEXT), field('evidence', JSONB)],
    rows: [
      [at(60), '12.50', 'a', { earlier: 3 }],
      [null, 'NaN', null, null],
    ],
  })
  expect(result.columns.map(({ type }) => type)).toEqual(['time', 'number', 'text', 'text'])
  expect(result.rows).toEqual([
    [60_000, 12.5, 'a', '{"earlier":3}'],
    [null, null, null, null],
  ])
})
