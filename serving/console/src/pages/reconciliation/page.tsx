import { DAY_MS, MINUTE_MS } from '@fintech-streams/contracts'
import { Stack } from '@mantine/core'
import { useState } from 'react'
import { Page } from '../../elements/page.tsx'
import { Empty, Loaded } from '../../elements/states.tsx'
import { Breaks } from './breaks.tsx'
import { Payouts } from './payouts.tsx'
import { type Total, useAll } from './rows.ts'
import { Statements } from './statements.tsx'
import { Aging, Days } from './totals.tsx'

const DAYS_BACK = 30

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** What the banks say against what was recorded here: by day and bank, break by break, and what is to be paid out. */
export default function Reconciliation() {
  const [today] = useState(() => dayOf(Date.now()))
  const since = dayOf(Date.parse(today) - DAYS_BACK * DAY_MS)
  const totals = useAll<Total>('reconciliation_totals', { date_from: since }, MINUTE_MS)
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
      <Statements since={since} />
      <Payouts today={today} />
    </Page>
  )
}
