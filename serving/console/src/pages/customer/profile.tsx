import { Text } from '@mantine/core'
import type { Customer } from '@fintech-streams/api/schema'
import { Facts } from '../../elements/facts.tsx'
import { number, time, words } from '../../elements/format.ts'
import { Card } from '../../elements/section.tsx'

/** What the bank's own records say. */
export function Profile({ customer }: { readonly customer: Customer }) {
  const { personal } = customer
  return (
    <Card title="Profile">
      <Facts
        facts={[
          ['Tier', words(customer.tier)],
          ['Identity check', words(customer.kyc_status)],
          ['Place', `${customer.city}, ${customer.country}`],
          ['Risk on record', `${number(customer.risk_score)} of 100`],
          ['Credit score', number(customer.credit_score)],
          ['Customer since', `${time(customer.created_at)} UTC`],
          ...(personal === null
            ? []
            : ([
                ['Born', personal.date_of_birth],
                ['Email', personal.email],
                ['Phone', personal.phone],
                ['Address', personal.address],
              ] as const)),
        ]}
      />
      {personal === null && (
        <Text size="sm" c="dimmed" mt="xs">
          Who it is is shown to fraud_analyst, compliance and operations only.
        </Text>
      )}
    </Card>
  )
}
