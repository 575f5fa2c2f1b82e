import { isUuid } from '@fintech-streams/contracts'
import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import type { RowsResult } from '@fintech-streams/api/schema'
import { type Column as TableColumn, DataTable } from '../../../elements/data-table.tsx'
import { formatted, inWords, objectOf, time } from '../../../elements/format.ts'
import { useDashboard } from '../context.ts'
import { addressOf } from '../links.ts'
import { type Field, fieldOf, type Panel } from '../model.ts'

type Column = RowsResult['columns'][number]
type Row = RowsResult['rows'][number]
type Cell = Row[number]

/** A longer text is cut off by the room it has; pointing at it shows it whole. */
const LONG_CHARS = 40

/** Rows as they are, with links to what they are about. */
export function TablePanel({ panel, rows: { columns, rows } }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const shown = columns.map((column, at): TableColumn<Row> => {
    const { name, type } = column
    const field = fieldOf(panel, name)
    const cell = (row: Row) => (
      <Linked field={field} columns={columns} row={row} value={row[at] ?? null}>
        {textOf(row[at] ?? null, column, field)}
      </Linked>
    )
    return {
      header: field.name.replaceAll('_', ' '),
      cell,
      ...(type === 'number' ? { align: 'right' } : {}),
      className: type === 'time' || field.links.length > 0 ? 'uncut' : '',
    }
  })
  return (
    <div className="scrolls" tabIndex={0} role="group" aria-label={panel.title}>
      <DataTable
        label={panel.title ?? ''}
        columns={shown}
        rows={rows}
        striped
        stickyHeader
        verticalSpacing={3}
        horizontalSpacing="xs"
        fz="sm"
      />
    </div>
  )
}

interface LinkedProps {
  readonly field: Field
  readonly columns: readonly Column[]
  readonly row: Row
  readonly value: Cell
  readonly children: string
}

/** A cell's text as the first of its column's links, and the others behind it. */
function Linked({ field, columns, row, value, children }: LinkedProps) {
  const { view } = useDashboard()
  const isShort = isUuid(value)
  const text = isShort ? `${children.slice(0, 8)}…` : children
  const [first, ...others] = value === null ? [] : field.links
  if (first === undefined) {
    return isShort || children.length > LONG_CHARS ? (
      <span className="shortened" title={children}>
        {text}
      </span>
    ) : (
      text
    )
  }
  const fields = Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? '']))
  const to = (url: string): string => addressOf(url, { value: String(value), fields, range: view.range })
  return (
    <>
      <Anchor component={Link} to={to(first.url)} title={`${first.title}: ${String(value)}`} inherit underline="always">
        {text}
      </Anchor>
      {others.map(({ title, url }) => (
        <Anchor key={title} component={Link} to={to(url)} aria-label={`${title} ${String(value)}`} title={title} ml={4}>
          ↗
        </Anchor>
      ))}
    </>
  )
}

function textOf(value: Cell, { type }: Column, { unit }: Field): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return inWords(objectOf(value) ?? value)
  return type === 'time' && value !== null ? time(value) : formatted(value, unit)
}
