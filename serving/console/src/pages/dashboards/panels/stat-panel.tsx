import { Center, Text } from '@mantine/core'
import type { RowsResult } from '@fintech-streams/api/schema'
import { useColors, namedColor } from '../../../charts/colors.ts'
import { type Panel, singleValue, thresholdColor } from '../model.ts'
import { formatted } from '../../../elements/format.ts'

/** One number in the colour of its threshold. */
export function StatPanel({ panel, rows }: { readonly panel: Panel; readonly rows: RowsResult }) {
  const colors = useColors()
  const value = singleValue(rows)
  return (
    <Center flex={1}>
      <Text fz={{ base: 24, sm: 30 }} fw={600} c={namedColor(colors, thresholdColor(panel, value))} className="value">
        {formatted(value, panel.fieldConfig?.defaults?.unit)}
      </Text>
    </Center>
  )
}
