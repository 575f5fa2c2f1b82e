import { Progress } from '@mantine/core'
import type { RowsResult } from '@fintech-streams/api/schema'
import { useColors, namedColor } from '../../../charts/colors.ts'
import { namedNumbers, type Panel, thresholdColor } from '../model.ts'
import { formatted } from '../../../elements/format.ts'

/** Rows as bars beside their names and numbers, the longest as wide as there is room. */
export function BarGaugePanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = useColors()
  const { names, series } = namedNumbers(rows)
  const values = series[0]?.values ?? []
  const { unit, max = Math.max(...values.map((value) => value ?? 0)) } = panel.fieldConfig?.defaults ?? {}
  return (
    <div className="scrolls" tabIndex={0} role="group" aria-label={panel.title}>
      <ul className="bar-gauge">
        {names.map((name, at) => {
          const value = values[at] ?? null
          const color = namedColor(colors, thresholdColor(panel, value))
          const share = max > 0 ? Math.min(100, (100 * (value ?? 0)) / max) : 0
          return (
            <li key={name}>
              <span>{name}</span>
              <Progress value={share} color={color} size="lg" aria-hidden />
              <span className="numeric">{formatted(value, unit)}</span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
