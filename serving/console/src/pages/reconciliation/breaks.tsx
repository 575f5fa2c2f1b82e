import { BREAK_STATUSES } from '@fintech-streams/contracts'
import { Group, Stack } from '@mantine/core'
import { useState } from 'react'
import { usePages } from '../../api/queries.ts'
import { Choice } from '../../elements/choice.tsx'
import { type Column, DataTable } from '../../elements/data-table.tsx'
import { money, words } from '../../elements/format.ts'
import { Section } from '../../elements/section.tsx'
import { LoadedPages } from '../../elements/states.tsx'
import { Evidence } from './evidence.tsx'
import { type Entry, type IndexPage, pathOf, type Total } from './rows.ts'

const PAGE_ROWS = 25
const ALL = { value: 'all', label: 'All' }

/** Breaks to work through, one kind at a time, each with its evidence. */
export function Breaks({ totals }: { readonly totals: readonly Total[] }) {
  const days = [...new Set(totals.map(({ business_date: date }) => date))].sort().reverse()
  const banks = [...new Set(totals.map(({ bank_id: bank }) => bank))].sort()
  const there = BREAK_STATUSES.filter((status) => totals.some((row) => row.status === status))
  const [day, setDay] = useState(ALL.value)
  const [bank, setBank] = useState(ALL.value)
  const [status, setStatus] = useState<(typeof BREAK_STATUSES)[number]>(there[0] ?? BREAK_STATUSES[0])
  const found = usePages(pathOf('reconciliation_index'), {
    query: {
      status,
      bank_id: bank === ALL.value ? undefined : bank,
      date_from: day === ALL.value ? days.at(-1) : day,
      date_to: day === ALL.value ? undefined : day,
      limit: PAGE_ROWS,
    },
    rowsOf: ({ rows }: IndexPage<Entry>) => rows,
  })
  return (
    <Section title="Breaks" note="to work through; each opens with its evidence">
      <Stack gap="sm">
        <Group gap="sm" role="search" aria-label="Filter breaks">
          <Choice
            label="Break"
            w={210}
            data={BREAK_STATUSES.map((name) => ({ value: name, label: words(name) }))}
            value={status}
            choose={setStatus}
          />
          <Choice label="Bank" w={160} data={[ALL, ...banks]} value={bank} choose={setBank} />
          <Choice label="Day" w={160} data={[ALL, ...days]} value={day} choose={setDay} />
        </Group>
        <LoadedPages query={found} what="Loading breaks" more="More breaks">
          {(entries) => (
            <DataTable
              label="Breaks"
              empty="There is no such break."
              minWidth={760}
              columns={COLUMNS}
              rows={entries}
              rowKey={(entry) => entry.entry_id}
              details={(entry) => <Evidence entry={entry} />}
            />
          )}
        </LoadedPages>
      </Stack>
    </Section>
  )
}

const COLUMNS: readonly Column<Entry>[] = [
  { header: 'Day', cell: (entry) => entry.business_date, className: 'uncut' },
  { header: 'Bank', cell: (entry) => entry.bank_id },
  { header: 'Entry', cell: (entry) => entry.entry_id, role: 'opens', className: 'id' },
  { header: 'Ours', cell: (entry) => money(entry.internal_amount, entry.currency), align: 'right' },
  { header: 'Theirs', cell: (entry) => money(entry.external_amount, entry.currency), align: 'right' },
  { header: 'Difference', cell: (entry) => money(entry.difference, entry.currency), align: 'right' },
]
