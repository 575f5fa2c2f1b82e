import { Button, Group, Select, Stack, Table, UnstyledButton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import { money, words } from '../../elements/money.ts'
import { ScrollRegion } from '../../elements/scroll-region.tsx'
import { Section } from '../../elements/section.tsx'
import { Empty, Failure, Loading } from '../../elements/states.tsx'
import { Evidence } from './evidence.tsx'
import { type Entry, pageOf, type Total } from './rows.ts'
import { type Break, BREAKS } from './summary.ts'

const PAGE_ROWS = 25
const ALL = 'all'

/** Breaks to work through, one kind at a time, each with its evidence. */
export function Breaks({ totals }: { readonly totals: readonly Total[] }) {
  const days = [...new Set(totals.map(({ business_date: date }) => date))].sort().reverse()
  const banks = [...new Set(totals.map(({ bank_id: bank }) => bank))].sort()
  const there = BREAKS.filter((status) => totals.some((row) => row.status === status))
  const [day, setDay] = useState(ALL)
  const [bank, setBank] = useState(ALL)
  const [status, setStatus] = useState<Break>(there[0] ?? BREAKS[0])
  const [openId, setOpenId] = useState<string>()
  const query = {
    status,
    ...(bank === ALL ? {} : { bank_id: bank }),
    date_from: day === ALL ? days.at(-1) : day,
    date_to: day === ALL ? undefined : day,
    limit: PAGE_ROWS,
  }
  const found = useInfiniteQuery({
    queryKey: ['breaks', query],
    queryFn: ({ signal, pageParam }) => pageOf<Entry>('reconciliation_index', { ...query, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
  const entries = found.data?.pages.flatMap(({ rows }) => rows) ?? []
  const choice = (values: readonly string[]) => [{ value: ALL, label: 'All' }, ...values]
  return (
    <Section title="Breaks" note="to work through; each opens with its evidence">
      <Stack gap="sm">
        <Group gap="sm" role="search" aria-label="Filter breaks">
          <Select
            label="Break"
            w={210}
            data={BREAKS.map((name) => ({ value: name, label: words(name) }))}
            value={status}
            allowDeselect={false}
            onChange={(name) => name !== null && setStatus(name)}
          />
          <Select
            label="Bank"
            w={160}
            data={choice(banks)}
            value={bank}
            allowDeselect={false}
            onChange={(name) => setBank(name ?? ALL)}
          />
          <Select
            label="Day"
            w={160}
            data={choice(days)}
            value={day}
            allowDeselect={false}
            onChange={(name) => setDay(name ?? ALL)}
          />
        </Group>
        {found.error !== null && <Failure error={found.error} retry={() => void found.refetch()} />}
        {found.isPending && <Loading what="Loading breaks" />}
        {found.isSuccess && entries.length === 0 && <Empty>There is no such break.</Empty>}
        {entries.length > 0 && (
          <ScrollRegion label="Breaks" minWidth={760}>
            <Table verticalSpacing={6} data-testid="breaks">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Day</Table.Th>
                  <Table.Th scope="col">Bank</Table.Th>
                  <Table.Th scope="col">Entry</Table.Th>
                  <Table.Th scope="col" className="numeric">
                    Ours
                  </Table.Th>
                  <Table.Th scope="col" className="numeric">
                    Theirs
                  </Table.Th>
                  <Table.Th scope="col" className="numeric">
                    Difference
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {entries.map((entry) => (
                  <Fragment key={entry.entry_id}>
                    <EntryRow
                      entry={entry}
                      isOpen={entry.entry_id === openId}
                      onToggle={() => setOpenId(entry.entry_id === openId ? undefined : entry.entry_id)}
                    />
                    {entry.entry_id === openId && (
                      <Table.Tr>
                        <Table.Td colSpan={6}>
                          <Evidence entry={entry} />
                        </Table.Td>
                      </Table.Tr>
                    )}
                  </Fragment>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollRegion>
        )}
        {found.hasNextPage && (
          <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            More breaks
          </Button>
        )}
      </Stack>
    </Section>
  )
}

interface EntryRowProps {
  readonly entry: Entry
  readonly isOpen: boolean
  readonly onToggle: () => void
}

function EntryRow({ entry, isOpen, onToggle }: EntryRowProps) {
  const { currency, internal_amount: ours, external_amount: theirs } = entry
  return (
    <Table.Tr>
      <Table.Td>{entry.business_date}</Table.Td>
      <Table.Td>{entry.bank_id}</Table.Td>
      <Table.Td>
        <UnstyledButton
          onClick={onToggle}
          aria-expanded={isOpen}
          ff="monospace"
          fz="sm"
          style={{ textDecoration: 'underline', textUnderlineOffset: 3 }}
        >
          {entry.entry_id}
        </UnstyledButton>
      </Table.Td>
      <Table.Td className="numeric">{ours === null ? '–' : money(ours, currency)}</Table.Td>
      <Table.Td className="numeric">{theirs === null ? '–' : money(theirs, currency)}</Table.Td>
      <Table.Td className="numeric">{money(entry.difference, currency)}</Table.Td>
    </Table.Tr>
  )
}
