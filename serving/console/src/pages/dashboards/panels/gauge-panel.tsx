import { useComputedColorScheme } from '@mantine/core'
import { useMemo } from 'react'
import type { RowsResult } from '@fintech-streams/api/schema'
import { Chart } from '../../../charts/chart.tsx'
import { colorsOf, namedColor } from '../../../charts/colors.ts'
import type { ChartOption } from '../../../charts/echarts.ts'
import { type Panel, singleValue, thresholdColor, thresholds } from '../model.ts'
import { formatted } from '../units.ts'

/** One number between two bounds. */
export function GaugePanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = colorsOf(useComputedColorScheme('light'))
  const value = singleValue(rows)
  const { unit, min, max } = panel.fieldConfig?.defaults ?? {}
  const shown = formatted(value, unit)
  const option = useMemo((): ChartOption => {
    const from = min ?? 0
    const to = max ?? 100
    const steps = thresholds(panel)
    // ECharts wants to know where a colour ends, a threshold says where it begins.
    const bands = steps.map(({ color }, at): [number, string] => {
      const end = steps[at + 1]?.value ?? to
      return [(end - from) / (to - from), namedColor(colors, color)]
    })
    return {
      series: [
        {
          type: 'gauge',
          min: from,
          max: to,
          startAngle: 210,
          endAngle: -30,
          center: ['50%', '60%'],
          radius: '92%',
          axisLine: { lineStyle: { width: 10, color: bands } },
          axisTick: { show: false },
          splitLine: { show: false },
          axisLabel: { show: false },
          pointer: { width: 4, length: '62%', itemStyle: { color: colors.dimmed } },
          anchor: { show: true, size: 8, itemStyle: { color: colors.dimmed } },
          title: { show: false },
          detail: {
            formatter: () => shown,
            fontSize: 24,
            offsetCenter: [0, '55%'],
            color: namedColor(colors, thresholdColor(panel, value)),
          },
          data: value === null ? [] : [{ value }],
        },
      ],
    }
  }, [panel, colors, value, shown, min, max])
  return (
    <Chart
      option={option}
      label={`${panel.title ?? ''}: ${shown}, from ${formatted(min, unit)} to ${formatted(max, unit)}`}
    />
  )
}
