import { Center, SemiCircleProgress, Text } from '@mantine/core'
import type { RowsResult } from '@fintech-streams/api/schema'
import { namedColor, useColors } from '../../../charts/colors.ts'
import { formatted } from '../../../elements/format.ts'
import { type Panel, singleValue, thresholdColor } from '../model.ts'

/** One number between two bounds, in the colour of its threshold. */
export function GaugePanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const value = singleValue(rows)
  const { unit, min, max } = panel.fieldConfig?.defaults ?? {}
  const [from, to] = [min ?? 0, max ?? 100]
  const shown = formatted(value, unit)
  const color = namedColor(useColors(), thresholdColor(panel, value))
  const label = `${panel.title ?? ''}: ${shown}, from ${formatted(from, unit)} to ${formatted(to, unit)}`
  const share = ((value ?? from) - from) / (to - from)
  return (
    <Center flex={1} role="img" aria-label={label}>
      <SemiCircleProgress
        value={100 * Math.min(1, Math.max(0, share))}
        filledSegmentColor={color}
        thickness={16}
        label={
          <Text fz={24} fw={600} c={color}>
            {shown}
          </Text>
        }
      />
    </Center>
  )
}
