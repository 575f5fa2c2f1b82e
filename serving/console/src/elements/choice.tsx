import { Select, type SelectProps } from '@mantine/core'

/** One of several values; there is always one. */
export const Choice = <Value extends string>({
  choose,
  ...select
}: SelectProps<Value> & { readonly choose: (value: Value) => void }) => (
  <Select allowDeselect={false} onChange={(value) => value !== null && choose(value)} {...select} />
)
