import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { RowsResult } from '@fintech-streams/api/schema'
import { Chart } from '../../../charts/chart.tsx'
import { seriesColor, useColors } from '../../../charts/colors.ts'
import type { ChartOption } from '../../../charts/echarts.ts'
import { Loading } from '../../../elements/states.tsx'
import { namedNumbers, optionsOf, type Panel } from '../model.ts'
import { formatted } from '../../../elements/format.ts'

const DIAMETER_MIN = 6
const DIAMETER_MAX = 44

/** A circle on each country, as large as its number. */
export function MapPanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  // The map is large; it is loaded with the first panel that shows it.
  const world = useQuery({ queryKey: ['world'], queryFn: async () => import('./world.ts'), staleTime: Infinity })
  const colors = useColors()
  const { names, series } = namedNumbers(rows)
  const sizedBy = optionsOf(panel).layers?.findLast(({ config }) => config?.style?.size?.field !== undefined)
  const sizes = series.find(({ name }) => name === sizedBy?.config?.style?.size?.field) ?? series[0]
  const unit = panel.fieldConfig?.defaults?.unit
  const { data: map } = world
  if (map === undefined || sizes === undefined) return <Loading what="Loading the map" />
  const largest = Math.max(1, ...sizes.values.map((value) => value ?? 0))
  const option: ChartOption = {
    geo: {
      map: map.WORLD,
      itemStyle: { areaColor: colors.land, borderColor: colors.panel },
      emphasis: { disabled: true },
      silent: true,
    },
    tooltip: { trigger: 'item' },
    series: [
      {
        type: 'scatter',
        coordinateSystem: 'geo',
        color: seriesColor(colors, 1),
        itemStyle: { opacity: 0.7, borderColor: colors.panel },
        tooltip: { valueFormatter: (value) => formatted(Number(value), unit) },
        data: names.flatMap((code, at) => {
          const place = map.coordinatesOf(code)
          const value = sizes.values[at] ?? 0
          if (place === undefined) return []
          // The area, not the diameter, is what the eye compares.
          const symbolSize = Math.max(DIAMETER_MIN, DIAMETER_MAX * Math.sqrt(value / largest))
          return [{ name: map.countryName(code), value: [...place, value], symbolSize }]
        }),
        encode: { tooltip: 2 },
      },
    ],
  }
  const texts = names.map((code, at) => `${map.countryName(code)}: ${formatted(sizes.values[at], unit)}`)
  const nowhere = names.filter((code) => map.coordinatesOf(code) === undefined)
  return (
    <>
      <Chart option={option} label={`${panel.title ?? ''}. ${texts.join('; ')}`} />
      {nowhere.length > 0 && (
        <Text size="xs" c="dimmed">
          Not on the map: {nowhere.join(', ')}
        </Text>
      )}
    </>
  )
}
