import { STATUS_MEANINGS } from '@fintech-streams/contracts'
import { Stack } from '@mantine/core'
import { type ReactNode } from 'react'
import { Facts } from '../../elements/facts.tsx'
import { money, words } from '../../elements/format.ts'
import { Loaded } from '../../elements/states.tsx'
import { type Entry, type SplitLine, useAll } from './rows.ts'

/** All that is known of an entry: both sides, and how they were found to belong together. */
export function Evidence({ entry }: { readonly entry: Entry }) {
  const { currency, line_count: lines, transaction_count: transactions } = entry
  const facts: (readonly [string, ReactNode])[] = [
    ['What it is', STATUS_MEANINGS[entry.status]],
    ...(entry.reason === null ? [] : [['Reason', words(entry.reason)] as const]),
    ['Found by', entry.rule === 'NONE' ? 'nothing fits' : `${words(entry.rule)}, confidence ${entry.confidence}`],
    ['Direction', entry.direction === 'CRDT' ? 'to the customer (CRDT)' : 'from the customer (DBIT)'],
    ['Ours', money(entry.internal_amount, currency)],
    ['Theirs', money(entry.external_amount, currency)],
    ['Transaction', entry.transaction_id],
    ["Bank's reference", entry.bank_reference],
    ['Statement line', entry.line_id],
    ['Booked', bookedOf(entry)],
    ['Belong together', `${transactions} of ours, ${lines} of theirs`],
  ]
  return (
    <Stack gap="xs" data-testid="evidence">
      <Facts facts={facts} />
      {lines > 1 && <Lines entry={entry} />}
    </Stack>
  )
}

/** The lines of one transaction that was booked in several. */
function Lines({ entry }: { readonly entry: Entry }) {
  const { transaction_id: id, business_date: day } = entry
  const found = useAll<SplitLine>('split_lines', { transaction_id: id ?? '', date_from: day, date_to: day })
  return (
    <Loaded query={found} what="Loading its lines">
      {(rows) => (
        <Facts
          facts={rows.map((row) => [
            row.bank_reference ?? row.line_id,
            `${money(row.amount, entry.currency)} on ${row.booking_date}`,
          ])}
        />
      )}
    </Loaded>
  )
}

function bookedOf({ booking_date: booked, days_to_settle: days }: Entry): string | null {
  return booked === null || days === null
    ? booked
    : `${booked}, ${days} ${days === 1 ? 'day' : 'days'} after the transaction`
}
