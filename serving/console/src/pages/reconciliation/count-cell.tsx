import { Table } from '@mantine/core'
import { number } from '../../elements/format.ts'

/** A number of a table; nothing is dimmed, so that something is seen. */
export const CountCell = ({ count }: { readonly count: number }) => (
  <Table.Td className="numeric" {...(count === 0 ? { c: 'dimmed' } : {})}>
    {number(count)}
  </Table.Td>
)
