import { Group, Text } from '@mantine/core'
import type { Colors } from '../../../charts/colors.ts'

/** Which colour is which. */
export const Swatches = ({ names, colors }: { readonly names: readonly string[]; readonly colors: Colors }) => (
  <Group gap="xs" component="ul" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
    {names.map((name, at) => (
      <Text key={name} component="li" size="xs">
        <span className="swatch" style={{ background: colors.series[at % colors.series.length] }} />
        {name}
      </Text>
    ))}
  </Group>
)
