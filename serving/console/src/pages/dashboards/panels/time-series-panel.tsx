import { useComputedColorScheme } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { LinesResult } from '@fintech-streams/api/schema'
import { Chart } from '../../../charts/chart.tsx'
import { type Colors, colorsOf } from '../../../charts/colors.ts'
import type { ChartOption } from '../../../charts/echarts.ts'
import type { Annotation } from '../annotations.ts'
import { useDashboard } from '../context.ts'
import { type Field, fieldOf, lineStyle, type Panel } from '../model.ts'
import type { PanelData } from '../panel-card.tsx'
import { formatted } from '../units.ts'

interface Line {
  readonly name: string
  readonly field: Field
  readonly color: string
  readonly points: readonly (readonly [number, number | null])[]
  readonly last: number | null
  readonly max: number | null
}

interface TimeSeriesProps {
  readonly panel: Panel
  readonly data: PanelData
  readonly results: readonly LinesResult[]
}

/** Lines over time, with their last and largest values below; a line can be hidden by its name. */
export function TimeSeriesPanel({ panel, data, results }: TimeSeriesProps) {
  const colors = colorsOf(useComputedColorScheme('light'))
  const { annotations } = useDashboard()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const lines = useMemo(() => linesOf(panel, results, colors), [panel, results, colors])
  const option = useMemo(
    () => optionOf({ panel, data, colors, annotations, lines: lines.filter(({ name }) => !hidden.has(name)) }),
    [panel, data, colors, annotations, lines, hidden],
  )
  const toggle = (name: string): void =>
    setHidden((before) => new Set(before.has(name) ? [...before].filter((one) => one !== name) : [...before, name]))
  return (
    <>
      <Chart
        option={option}
        label={`${panel.title ?? ''} over time; the table below has the last and largest values`}
      />
      <div className="legend scrolls" tabIndex={0} role="group" aria-label={`${panel.title ?? ''}: lines`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">Last</th>
              <th scope="col">Max</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ name, field, color, last, max }) => (
              <tr key={name}>
                <th scope="row">
                  <button type="button" aria-pressed={!hidden.has(name)} onClick={() => toggle(name)}>
                    <span className="swatch" style={{ background: color }} />
                    {field.name}
                  </button>
                </th>
                <td>{formatted(last, field.unit)}</td>
                <td>{formatted(max, field.unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function linesOf(panel: Panel, results: readonly LinesResult[], colors: Colors): Line[] {
  return results
    .flatMap((result) => result.lines)
    .map(({ name, points }, at) => {
      const values = points.flatMap(([, value]) => (value === null ? [] : [value]))
      return {
        name,
        field: fieldOf(panel, name),
        color: colors.series[at % colors.series.length]!,
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
  readonly lines: readonly Line[]
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
