import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Page } from '../../elements/page.tsx'
import { Empty, Loaded } from '../../elements/states.tsx'
import { Aging } from './aging.tsx'
import { Breaks } from './breaks.tsx'
import { Days } from './days.tsx'
import { Payouts } from './payouts.tsx'
import { allOf, type Total } from './rows.ts'

const DAYS_BACK = 30
const DAY_MS = 86_400_000
const REFRESH_MS = 60_000

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** What the banks say against what was recorded here: by day and bank, break by break, and what is to be paid out. */
export default function Reconciliation() {
  const [today] = useState(() => dayOf(Date.now()))
  const since = dayOf(Date.parse(today) - DAYS_BACK * DAY_MS)
  const totals = useQuery({
    queryKey: ['reconciliation totals', since],
    queryFn: ({ signal }) => allOf<Total>('reconciliation_totals', { date_from: since }, signal),
    refetchInterval: REFRESH_MS,
  })
  return (
    <Page
      title="Reconciliation"
      description={`Our transactions against the banks' statements, of the last ${DAYS_BACK} days`}
    >
      <Loaded query={totals} what="Loading totals">
        {(rows) =>
          rows.length === 0 ? (
            <Empty>
              No day was reconciled yet. The scheduler does it once a day is over; npx fintech reconciliation nightly
              does it now.
            </Empty>
          ) : (
            <Stack gap="xl">
              <Days totals={rows} />
              <Breaks totals={rows} />
              <Aging totals={rows} today={today} />
            </Stack>
          )
        }
      </Loaded>
      <Payouts today={today} />
    </Page>
  )
}
