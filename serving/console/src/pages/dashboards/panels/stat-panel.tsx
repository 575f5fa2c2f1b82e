import { Center, Text, useComputedColorScheme } from '@mantine/core'
import type { RowsResult } from '@fintech-streams/api/schema'
import { colorsOf, namedColor } from '../../../charts/colors.ts'
import { type Panel, singleValue, thresholdColor } from '../model.ts'
import { formatted } from '../units.ts'

/** One number in the colour of its threshold. */
export function StatPanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = colorsOf(useComputedColorScheme('light'))
  const value = singleValue(rows)
  return (
    <Center flex={1}>
      <Text fz={{ base: 24, sm: 30 }} fw={600} c={namedColor(colors, thresholdColor(panel, value))} className="value">
        {formatted(value, panel.fieldConfig?.defaults?.unit)}
      </Text>
    </Center>
  )
}
