import { SimpleGrid, Stack } from '@mantine/core'
import { useParams } from 'react-router'
import type { Customer } from '@fintech-streams/api/schema'
import { useGet } from '../../api/queries.ts'
import { Page } from '../../elements/page.tsx'
import { Section } from '../../elements/section.tsx'
import { Loaded } from '../../elements/states.tsx'
import { AccountsTable } from './accounts-table.tsx'
import { ChooseCustomer } from './choose-customer.tsx'
import { CustomerAlerts } from './customer-alerts.tsx'
import { JobResults } from './job-results.tsx'
import { Profile } from './profile.tsx'
import { RiskScore } from './risk-score.tsx'
import { TransactionsTable } from './transactions-table.tsx'

/** One customer: who, how risky right now, what the jobs found last, what happened. */
export default function CustomerPage() {
  const { customerId } = useParams()
  if (customerId === undefined) return <ChooseCustomer />
  return <CustomerById key={customerId} customerId={customerId.toLowerCase()} />
}

function CustomerById({ customerId }: { readonly customerId: string }) {
  const customer = useGet<Customer>(`/v1/customers/${encodeURIComponent(customerId)}`, { everyMs: 5_000 })
  const personal = customer.data?.personal
  const name = personal === null || personal === undefined ? 'Customer' : `${personal.first_name} ${personal.last_name}`
  return (
    <Page title={name} description={customerId}>
      <Loaded query={customer} what="Loading the customer">
        {(data) => (
          <Stack gap="lg">
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Profile customer={data} />
              <RiskScore customerId={customerId} />
            </SimpleGrid>
            <Section title="Alerts">
              <CustomerAlerts customerId={customerId} />
            </Section>
            <Section title="Newest result of each job">
              <JobResults results={data.results} />
            </Section>
            <Section title="Transactions" note="Those that were judged, the newest first">
              <TransactionsTable customerId={customerId} rows={20} />
            </Section>
            <AccountsTable accounts={data.accounts} />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}
