import { Group, Text } from '@mantine/core'
import type { RowsResult } from '@fintech-streams/api/schema'
import { Chart } from '../../../charts/chart.tsx'
import { useColors, seriesColor } from '../../../charts/colors.ts'
import type { ChartOption } from '../../../charts/echarts.ts'
import { fieldOf, namedNumbers, optionsOf, type Panel } from '../model.ts'
import { formatted } from '../../../elements/format.ts'
import { Swatch } from './legend.tsx'

/** How many bars may be labelled with their value before they get in each other's way. */
const LABELLED_MAX = 16

/** Rows as bars, lying or upright; several columns are bars side by side. */
export function BarsPanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = useColors()
  const { names, series } = namedNumbers(rows)
  const isLying = optionsOf(panel).orientation === 'horizontal'
  const text = (value: number): string => formatted(value, panel.fieldConfig?.defaults?.unit)
  const axisNames = {
    type: 'category' as const,
    data: [...names],
    inverse: isLying,
    axisLabel: { color: colors.text, fontSize: 11, width: isLying ? 110 : 60, overflow: 'truncate' as const },
    axisLine: { lineStyle: { color: colors.line } },
    axisTick: { show: false },
  }
  const axisValues = {
    type: 'value' as const,
    min: 0,
    splitNumber: 3,
    axisLabel: { color: colors.dimmed, fontSize: 11, formatter: text, hideOverlap: true },
    splitLine: { lineStyle: { color: colors.line, opacity: 0.5 } },
  }
  const isLabelled = names.length * series.length <= LABELLED_MAX
  const option: ChartOption = {
    grid: {
      left: 4,
      right: isLying && isLabelled ? 56 : 12,
      top: isLying ? 4 : 20,
      bottom: 4,
      outerBoundsMode: 'same',
    },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: (value) => text(Number(value)) },
    xAxis: isLying ? axisValues : axisNames,
    yAxis: isLying ? axisNames : axisValues,
    series: series.map(({ name, values }, at) => ({
      type: 'bar',
      name: nameOf(panel, name),
      data: [...values],
      color: seriesColor(colors, at),
      barMaxWidth: 28,
      label: {
        show: isLabelled,
        position: isLying ? 'right' : 'top',
        fontSize: 11,
        color: colors.text,
        formatter: ({ value }) => text(Number(value)),
      },
    })),
  }
  return (
    <>
      <Chart option={option} label={inWords(panel, names, series)} />
      {series.length > 1 && (
        <Group gap="xs">
          {series.map(({ name }, at) => (
            <Text key={name} size="xs">
              <Swatch color={seriesColor(colors, at)} />
              {nameOf(panel, name)}
            </Text>
          ))}
        </Group>
      )}
    </>
  )
}

/** As the headings of tables have it. */
const nameOf = (panel: Panel, column: string): string => fieldOf(panel, column).name.replaceAll('_', ' ')

type Series = ReturnType<typeof namedNumbers>['series']

function inWords(panel: Panel, names: readonly string[], series: Series): string {
  const unit = panel.fieldConfig?.defaults?.unit
  const texts = names.map(
    (name, at) => `${name}: ${series.map(({ values }) => formatted(values[at], unit)).join(', ')}`,
  )
  return `${panel.title ?? ''}. ${texts.join('; ')}`
}
