import type { LinesResult, RowsResult } from '@fintech-streams/api/schema'
import type { Panel } from '../model.ts'
import type { PanelData } from '../panel-card.tsx'
import { TablePanel } from './table-panel.tsx'

/** The data of any panel as a table: of lines, a row for each time and a column for each line. */
export function DataTable({ panel, data }: { readonly panel: Panel; readonly data: PanelData }) {
  const rows = data.answer.results.find((result): result is RowsResult => result.kind === 'rows')
  const lines = data.answer.results.filter((result): result is LinesResult => result.kind === 'lines')
  return <TablePanel panel={panel} rows={rows ?? rowsOf(lines.flatMap((result) => result.lines))} />
}

function rowsOf(lines: LinesResult['lines']): RowsResult {
  const byTime = new Map<number, (number | null)[]>()
  for (const [at, { points }] of lines.entries()) {
    for (const [timeMs, value] of points) {
      const row = byTime.get(timeMs) ?? lines.map(() => null)
      row[at] = value
      byTime.set(timeMs, row)
    }
  }
  return {
    kind: 'rows',
    ref_id: '',
    columns: [{ name: 'time', type: 'time' }, ...lines.map(({ name }) => ({ name, type: 'number' as const }))],
    rows: [...byTime].sort(([one], [other]) => other - one).map(([timeMs, values]) => [timeMs, ...values]),
  }
}
