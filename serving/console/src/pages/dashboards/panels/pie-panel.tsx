import type { RowsResult } from '@fintech-streams/api/schema'
import { Chart } from '../../../charts/chart.tsx'
import { useColors, seriesColor } from '../../../charts/colors.ts'
import type { ChartOption } from '../../../charts/echarts.ts'
import { formatted } from '../../../elements/format.ts'
import { namedNumbers, type Panel } from '../model.ts'
import { Legend, Swatch } from './legend.tsx'

/** Parts of a whole, with their shares and values beside them. */
export function PiePanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = useColors()
  const unit = panel.fieldConfig?.defaults?.unit
  const title = panel.title ?? ''
  const { names, series } = namedNumbers(rows)
  const parts = names.map((name, at) => ({
    name,
    value: series[0]?.values[at] ?? 0,
    itemStyle: { color: seriesColor(colors, at) },
  }))
  const total = parts.reduce((sum, { value }) => sum + value, 0)
  const option: ChartOption = {
    tooltip: { trigger: 'item', valueFormatter: (value) => formatted(Number(value), unit) },
    series: [
      {
        type: 'pie',
        radius: ['48%', '88%'],
        label: { show: false },
        itemStyle: { borderColor: colors.panel, borderWidth: 1 },
        data: parts,
      },
    ],
  }
  return (
    <div className="pie">
      <Chart option={option} label={`${title}; the table beside it has its numbers`} />
      <Legend
        label={`${title}: parts`}
        rows={parts}
        columns={[
          {
            header: 'Part',
            cell: ({ name, itemStyle: { color } }) => (
              <>
                <Swatch color={color} />
                {name}
              </>
            ),
            role: 'names',
          },
          { header: 'Share', cell: ({ value }) => (total === 0 ? null : value / total), unit: 'percentunit' },
          { header: 'Value', cell: ({ value }) => formatted(value, unit), align: 'right' },
        ]}
      />
    </div>
  )
}
