import { type Column, DataTable } from '../../../elements/data-table.tsx'

interface LegendProps<Row> {
  readonly label: string
  /** Of those the first one names the row, beside a swatch. */
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
}

/** What a chart's colours mean, with numbers. */
export const Legend = <Row extends { readonly name: string }>({ label, columns, rows }: LegendProps<Row>) => (
  <div className="legend scrolls" tabIndex={0} role="group" aria-label={label}>
    <DataTable
      label={label}
      columns={columns}
      rows={rows}
      verticalSpacing={0}
      horizontalSpacing={4}
      withRowBorders={false}
      fz="xs"
    />
  </div>
)

export const Swatch = ({ color }: { readonly color: string }) => (
  <span className="swatch" style={{ background: color }} />
)
