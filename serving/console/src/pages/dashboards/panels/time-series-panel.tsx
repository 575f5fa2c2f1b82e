import { useState } from 'react'
import { Chart } from '../../../charts/chart.tsx'
import { type Colors, useColors, seriesColor } from '../../../charts/colors.ts'
import type { ChartOption } from '../../../charts/echarts.ts'
import { formatted } from '../../../elements/format.ts'
import type { Annotation } from '../annotations.ts'
import { useDashboard } from '../context.ts'
import { fieldOf, lineStyle, type Panel } from '../model.ts'
import type { PanelData } from '../panel-data.ts'
import { Legend, Swatch } from './legend.tsx'

/** Lines over time, with their last and largest values below; a line can be hidden by its name. */
export function TimeSeriesPanel({ panel, data }: { readonly panel: Panel; readonly data: PanelData }) {
  const colors = useColors()
  const { annotations } = useDashboard()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const lines = linesOf(panel, data, colors)
  const option = optionOf({ panel, data, colors, annotations, lines: lines.filter(({ name }) => !hidden.has(name)) })
  const toggle = (name: string): void => setHidden((before) => before.symmetricDifference(new Set([name])))
  const title = panel.title ?? ''
  return (
    <>
      <Chart option={option} label={`${title} over time; the table below has the last and largest values`} />
      <Legend
        label={`${title}: lines`}
        rows={lines}
        columns={[
          {
            header: 'Line',
            cell: ({ name, field, color }) => (
              <button type="button" aria-pressed={!hidden.has(name)} onClick={() => toggle(name)}>
                <Swatch color={color} />
                {field.name}
              </button>
            ),
            role: 'names',
          },
          { header: 'Last', cell: ({ last, field }) => formatted(last, field.unit), align: 'right' },
          { header: 'Max', cell: ({ max, field }) => formatted(max, field.unit), align: 'right' },
        ]}
      />
    </>
  )
}

function linesOf(panel: Panel, { lines }: PanelData, colors: Colors) {
  return lines.map(({ name, points }, at) => {
    const values = points.flatMap(([, value]) => (value === null ? [] : [value]))
    return {
      name,
      field: fieldOf(panel, name),
      color: seriesColor(colors, at),
      points,
      last: values.at(-1) ?? null,
      max: values.length === 0 ? null : values.reduce((largest, value) => Math.max(largest, value)),
    }
  })
}

interface Drawing {
  readonly panel: Panel
  readonly data: PanelData
  readonly colors: Colors
  readonly annotations: readonly Annotation[]
  readonly lines: ReturnType<typeof linesOf>
}

function optionOf({ panel, data, colors, annotations, lines }: Drawing): ChartOption {
  const { isStacked, fill } = lineStyle(panel)
  const { min, max, unit } = panel.fieldConfig?.defaults ?? {}
  const rightUnit = lines.find(({ field }) => field.isOnRight)?.field.unit
  const axis = (ofUnit: string | undefined) => ({
    type: 'value' as const,
    ...(min === undefined || min === null ? {} : { min }),
    ...(max === undefined || max === null ? {} : { max }),
    splitNumber: 4,
    axisLabel: { color: colors.dimmed, fontSize: 11, formatter: (value: number) => formatted(value, ofUnit) },
    splitLine: { lineStyle: { color: colors.line, opacity: 0.5 } },
  })
  return {
    useUTC: true,
    grid: { left: 4, right: 12, top: 10, bottom: 2, outerBoundsMode: 'same' },
    tooltip: { trigger: 'axis', axisPointer: { type: 'line' } },
    xAxis: {
      type: 'time',
      min: data.fromMs,
      max: data.toMs,
      axisLabel: { color: colors.dimmed, fontSize: 11, hideOverlap: true },
      axisLine: { lineStyle: { color: colors.line } },
      splitNumber: 4,
    },
    yAxis: rightUnit === undefined ? axis(unit) : [axis(unit), axis(rightUnit)],
    series: lines.map(({ field, color, points }, at) => ({
      type: 'line',
      name: field.name,
      data: points.map(([timeMs, value]) => [timeMs, value]),
      yAxisIndex: field.isOnRight ? 1 : 0,
      color,
      lineStyle: { width: 1.5 },
      // A single point has no line that would show it.
      showSymbol: points.length === 1,
      symbolSize: 5,
      tooltip: { valueFormatter: (value) => formatted(value as number | null, field.unit) },
      ...(fill > 0 ? { areaStyle: { opacity: fill } } : {}),
      ...(isStacked ? { stack: 'all' } : {}),
      ...(at === 0 && annotations.length > 0 ? { markLine: marks(annotations, colors, data) } : {}),
    })),
  }
}

/** Few marks are seen each; many together are a shade that leaves the lines readable. */
const MARKS_OPACITY = 8
const MARK_OPACITY_MAX = 0.4

const marks = (annotations: readonly Annotation[], colors: Colors, { fromMs, toMs }: PanelData) => ({
  symbol: 'none',
  label: { show: false },
  lineStyle: {
    color: colors.named['red']!,
    width: 1,
    type: 'dashed' as const,
    opacity: Math.min(MARK_OPACITY_MAX, MARKS_OPACITY / annotations.length),
  },
  emphasis: { disabled: true },
  tooltip: { trigger: 'item' as const, formatter: '{b}' },
  data: annotations
    .filter(({ time_ms }) => time_ms >= fromMs && time_ms <= toMs)
    .map(({ time_ms, text }) => ({ xAxis: time_ms, name: text })),
})
