import { Anchor, Table } from '@mantine/core'
import { Link } from 'react-router'
import type { RowsResult } from '@fintech-streams/api/schema'
import { time } from '../../../elements/format.ts'
import { useDashboard } from '../context.ts'
import { addressOf } from '../links.ts'
import { type Field, fieldOf, type Panel } from '../model.ts'
import { formatted } from '../units.ts'

type Column = RowsResult['columns'][number]
type Cell = RowsResult['rows'][number][number]

/** Of cells, by the type of their column. */
const CLASSES: Readonly<Partial<Record<Column['type'], string>>> = { number: 'numeric', time: 'uncut' }

/** A longer text is cut off by the room it has; pointing at it shows it whole. */
const LONG_CHARS = 40

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Rows as they are, with links to what they are about. */
export function TablePanel({ panel, rows: { columns, rows } }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const fields = columns.map(({ name }) => fieldOf(panel, name))
  return (
    <div className="scrolls" tabIndex={0} role="group" aria-label={panel.title}>
      <Table striped verticalSpacing={3} horizontalSpacing="xs" fz="sm" stickyHeader aria-label={panel.title ?? ''}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name, type }, at) => (
              <Table.Th key={name} scope="col" className={type === 'number' ? 'numeric' : ''}>
                {fields[at]!.name.replaceAll('_', ' ')}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, at) => (
            <Table.Tr key={at}>
              {columns.map((column, columnAt) => (
                <Table.Td
                  key={column.name}
                  className={CLASSES[column.type] ?? (fields[columnAt]!.links.length > 0 ? 'uncut' : '')}
                >
                  <Linked field={fields[columnAt]!} columns={columns} row={row} value={row[columnAt] ?? null}>
                    {shown(row[columnAt] ?? null, column, fields[columnAt]!)}
                  </Linked>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

interface LinkedProps {
  readonly field: Field
  readonly columns: readonly Column[]
  readonly row: readonly Cell[]
  readonly value: Cell
  readonly children: string
}

/** A cell's text as the first of its column's links, and the others behind it. */
function Linked({ field, columns, row, value, children }: LinkedProps) {
  const { view } = useDashboard()
  const isShort = typeof value === 'string' && UUID.test(value)
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

function shown(value: Cell, { type }: Column, { unit }: Field): string {
  if (value === null) return '–'
  if (type === 'time' && typeof value === 'number') return time(value)
  if (type === 'number' && typeof value === 'number') return formatted(value, unit)
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}
