import { Box, Table, type TableProps, Text, UnstyledButton } from '@mantine/core'
import { Fragment, type ReactNode, useState } from 'react'
import { formatted, type Unit, UNKNOWN } from './format.ts'
import { Section } from './section.tsx'
import { Empty } from './states.tsx'

/** What one column shows of a row. A cell without a value is a dash. */
export interface Column<Row> {
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** Of a cell that is a number: it is written in this unit, and the column stands on the right. */
  readonly unit?: Unit
  readonly align?: 'right'
  /** Smaller, below the cell. */
  readonly note?: (row: Row) => ReactNode
  /** `names`: its cells name their rows. `opens`: they do, and open and close a row when they are pressed. */
  readonly role?: 'names' | 'opens'
  readonly width?: number | string
  readonly className?: string
  /** What the cell says when it is pointed at. */
  readonly hint?: (row: Row) => string | undefined
}

interface DataTableProps<Row> extends Omit<TableProps, 'children' | 'data'> {
  /** Names the table for a screen reader. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** Needed where rows are open or come in between; without it a row is its place. */
  readonly rowKey?: (row: Row) => string
  /** Said in place of a table without rows. */
  readonly empty?: string
  /** In pixels: on less room the table is scrolled within the page, by keyboard, too. */
  readonly minWidth?: number
  /** Of a row, such as `data-alert`. */
  readonly rowAttributes?: (row: Row) => Readonly<Record<`data-${string}`, string>>
  readonly isMarked?: (row: Row) => boolean
  /** What a row opens to, over the whole width. */
  readonly details?: (row: Row) => ReactNode
  /** In place of `details`: what a row opens to is elsewhere, and the row is marked meanwhile. */
  readonly onOpen?: (row: Row) => void
  /** How many rows are open at first. */
  readonly openAtFirst?: number
}

/** Rows of one kind, a line each, by the declaration of their columns. */
export function DataTable<Row>({ empty, minWidth, ...props }: DataTableProps<Row>) {
  if (props.rows.length === 0 && empty !== undefined) return <Empty>{empty}</Empty>
  if (minWidth === undefined) return <Rows {...props} />
  return (
    <Box role="region" aria-label={`${props.label}, table`} tabIndex={0} style={{ overflowX: 'auto' }}>
      <Box miw={minWidth}>
        <Rows {...props} />
      </Box>
    </Box>
  )
}

function Rows<Row>(props: Omit<DataTableProps<Row>, 'empty' | 'minWidth'>) {
  const { label, columns, rows, rowKey, rowAttributes, isMarked, details, onOpen, openAtFirst = 0, ...table } = props
  const keys = rows.map((row, at) => rowKey?.(row) ?? String(at))
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(keys.slice(0, openAtFirst)))
  return (
    <Table verticalSpacing={6} {...table} aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Table.Th key={column.header} scope="col" w={column.width} className={sideOf(column)}>
              {column.header}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, at) => {
          const key = keys[at] ?? ''
          const marked = isMarked?.(row) === true
          const isOpen = onOpen === undefined ? open.has(key) : marked
          const toggle = (): void => {
            if (onOpen === undefined) setOpen(open.symmetricDifference(new Set([key])))
            else onOpen(row)
          }
          return (
            <Fragment key={key}>
              <Table.Tr {...rowAttributes?.(row)} {...(marked ? { bg: MARKED } : {})}>
                {columns.map((column) => (
                  <Cell key={column.header} column={column} row={row} isOpen={isOpen} toggle={toggle} />
                ))}
              </Table.Tr>
              {isOpen && details !== undefined && (
                <Table.Tr>
                  <Table.Td colSpan={columns.length}>{details(row)}</Table.Td>
                </Table.Tr>
              )}
            </Fragment>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}

const MARKED = 'var(--mantine-color-default-hover)'

const sideOf = <Row,>({ unit, align = unit && 'right' }: Column<Row>) => (align === 'right' ? 'numeric' : undefined)

interface CellProps<Row> {
  readonly column: Column<Row>
  readonly row: Row
  readonly isOpen: boolean
  readonly toggle: () => void
}

function Cell<Row>({ column, row, isOpen, toggle }: CellProps<Row>) {
  const { cell, unit, note, role, className, hint } = column
  const value = cell(row)
  const shown = typeof value === 'number' && unit !== undefined ? formatted(value, unit) : (value ?? UNKNOWN)
  const below = note?.(row)
  const Element = role === undefined ? Table.Td : Table.Th
  return (
    // Zero is dimmed, so that the others are seen.
    <Element
      {...(role === undefined ? {} : { scope: 'row', fw: 500 })}
      className={`${sideOf(column) ?? ''} ${className ?? ''}`}
      title={hint?.(row)}
      {...(value === 0 ? { c: 'dimmed' } : {})}
    >
      {role === 'opens' ? (
        <UnstyledButton className="opens" fz="inherit" fw="inherit" aria-expanded={isOpen} onClick={toggle}>
          {shown}
        </UnstyledButton>
      ) : (
        shown
      )}
      {Boolean(below) && (
        <Text size="xs" c="dimmed" component="div">
          {below}
        </Text>
      )}
    </Element>
  )
}

/** A table as a part of a page, under its name. */
export const TableSection = <Row,>({ note, ...table }: DataTableProps<Row> & { readonly note?: ReactNode }) => (
  <Section title={table.label} note={note}>
    <DataTable {...table} />
  </Section>
)
