import { useComputedColorScheme } from '@mantine/core'
import type { RowsResult } from '@fintech-streams/api/schema'
import { colorsOf, namedColor } from '../../../charts/colors.ts'
import { namedNumbers, type Panel, thresholdColor } from '../model.ts'
import { formatted } from '../units.ts'

/** Rows as bars beside their names and numbers, the longest as wide as there is room. */
export function BarGaugePanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = colorsOf(useComputedColorScheme('light'))
  const { names, series } = namedNumbers(rows)
  const values = series[0]?.values ?? []
  const { unit, max = Math.max(...values.map((value) => value ?? 0)) } = panel.fieldConfig?.defaults ?? {}
  return (
    <div className="scrolls" tabIndex={0} role="group" aria-label={panel.title}>
      <ul className="bar-gauge">
        {names.map((name, at) => {
          const value = values[at] ?? null
          const background = namedColor(colors, thresholdColor(panel, value))
          const width = `${max > 0 ? Math.min(100, (100 * (value ?? 0)) / max) : 0}%`
          return (
            <li key={name}>
              <span>{name}</span>
              <span className="track" aria-hidden>
                <span className="fill" style={{ display: 'block', width, background }} />
              </span>
              <span className="numeric">{formatted(value, unit)}</span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
