import { useComputedColorScheme } from '@mantine/core'
import { useMemo } from 'react'
import type { RowsResult } from '@fintech-streams/api/schema'
import { Chart } from '../../../charts/chart.tsx'
import { colorsOf } from '../../../charts/colors.ts'
import type { ChartOption } from '../../../charts/echarts.ts'
import { namedNumbers, type Panel } from '../model.ts'
import { formatted } from '../units.ts'

/** Parts of a whole, with their shares and values beside them. */
export function PiePanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = colorsOf(useComputedColorScheme('light'))
  const unit = panel.fieldConfig?.defaults?.unit
  const { names, series } = useMemo(() => namedNumbers(rows), [rows])
  const parts = names.map((name, at) => ({ name, value: series[0]?.values[at] ?? 0 }))
  const total = parts.reduce((sum, { value }) => sum + value, 0)
  const option = useMemo(
    (): ChartOption => ({
      tooltip: { trigger: 'item', valueFormatter: (value) => formatted(Number(value), unit) },
      color: [...colors.series],
      series: [
        {
          type: 'pie',
          radius: ['48%', '88%'],
          label: { show: false },
          itemStyle: { borderColor: colors.panel, borderWidth: 1 },
          data: names.map((name, at) => ({ name, value: series[0]?.values[at] ?? 0 })),
        },
      ],
    }),
    [names, series, colors, unit],
  )
  return (
    <div className="pie">
      <Chart option={option} label={`${panel.title ?? ''}; the table beside it has its numbers`} />
      <div className="legend scrolls" tabIndex={0} role="group" aria-label={`${panel.title ?? ''}: parts`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">Share</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {parts.map(({ name, value }, at) => (
              <tr key={name}>
                <th scope="row">
                  <span className="swatch" style={{ background: colors.series[at % colors.series.length] }} />
                  {name}
                </th>
                <td>{formatted(total === 0 ? null : value / total, 'percentunit')}</td>
                <td>{formatted(value, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}
