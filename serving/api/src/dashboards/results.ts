import pg from 'pg'
import { type LinesResult, type RowsResult } from './schema.ts'

/** What Postgres answers when rows are asked for as lists. */
export interface Found {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
  readonly rows: readonly (readonly unknown[])[]
}

type Cell = RowsResult['rows'][number][number]
type Column = RowsResult['columns'][number]

const { BOOL, DATE, FLOAT4, FLOAT8, INT2, INT4, INT8, NUMERIC, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins
const TYPES = new Map<number, Column['type']>([
  ...[INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC].map((id) => [id, 'number'] as const),
  ...[DATE, TIMESTAMP, TIMESTAMPTZ].map((id) => [id, 'time'] as const),
  [BOOL, 'boolean'],
])

/** Rows as they are; a time is in milliseconds since 1970. Numbers are for charts: those beyond 2⁵³ are rounded. */
export function rowsResult(refId: string, { fields, rows }: Found): RowsResult {
  const columns = fields.map(({ name, dataTypeID }): Column => ({ name, type: TYPES.get(dataTypeID) ?? 'text' }))
  return {
    kind: 'rows',
    ref_id: refId,
    columns,
    rows: rows.map((row) => row.map((cell, at) => cellOf(cell, columns[at]!))),
  }
}

/**
 * Lines as Grafana makes them of columns `time`, `metric` if there is one, and values: a line is named by `metric`, by
 * the column where there is no `metric`, and by both where there are several columns of values.
 */
export function linesResult(refId: string, found: Found): LinesResult {
  const timeAt = found.fields.findIndex(({ name }) => name === 'time')
  const metricAt = found.fields.findIndex(({ name }) => name === 'metric')
  const valuesAt = found.fields.flatMap(({ name }, at) => (at === timeAt || at === metricAt ? [] : [{ name, at }]))
  const lines = new Map<string, LinesResult['lines'][number]['points']>()
  for (const row of found.rows) {
    for (const { name, at } of valuesAt) {
      const line = lineName(metricAt === -1 ? undefined : textOf(row[metricAt]), name, valuesAt.length)
      const points = lines.get(line)
      const point: [number, number | null] = [timeOf(row[timeAt]), numberOf(row[at])]
      if (points === undefined) lines.set(line, [point])
      else points.push(point)
    }
  }
  return { kind: 'lines', ref_id: refId, lines: [...lines].map(([name, points]) => ({ name, points })) }
}

function lineName(metric: string | undefined, column: string, columns: number): string {
  if (metric === undefined) return column
  return columns === 1 ? metric : `${metric} ${column}`
}

function cellOf(cell: unknown, { type }: Column): Cell {
  if (cell === null || cell === undefined) return null
  if (type === 'number') return numberOf(cell)
  if (type === 'time') return timeOf(cell)
  return type === 'boolean' ? cell === true : textOf(cell)
}

const textOf = (cell: unknown): string => (typeof cell === 'string' ? cell : JSON.stringify(cell))

function numberOf(cell: unknown): number | null {
  if (cell === null || cell === undefined) return null
  const number = Number(cell)
  return Number.isFinite(number) ? number : null
}

/** `$__timeGroup` gives seconds, a column of a table a moment. */
const timeOf = (cell: unknown): number => (cell instanceof Date ? cell.getTime() : Number(cell) * 1_000)
