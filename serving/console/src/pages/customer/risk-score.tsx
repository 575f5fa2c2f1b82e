import { Text } from '@mantine/core'
import { Facts } from '../../elements/facts.tsx'
import { number, time, usd } from '../../elements/format.ts'
import { Card } from '../../elements/section.tsx'
import { Fetched } from '../../elements/states.tsx'

/** As GET /v1/users/{customer_id}/risk-score answers. */
interface Score {
  readonly score: number
  readonly transaction_count: number
  readonly amount_sum: string
  readonly window_seconds: number
  readonly as_of: string
}

/** The rolling score of the last minute, asked for every second. */
export const RiskScore = ({ customerId }: { readonly customerId: string }) => (
  <Card title="Rolling risk score" minHeight={220}>
    <Fetched<Score>
      path={`/v1/users/${encodeURIComponent(customerId)}/risk-score`}
      everyMs={1_000}
      what="Loading the score"
    >
      {(found) => (
        <>
          <Text fz={34} fw={700} lh={1.2} data-testid="risk-score" style={{ fontVariantNumeric: 'tabular-nums' }}>
            {number(found.score)}
          </Text>
          <Facts
            facts={[
              ['Transactions', `${found.transaction_count} in ${found.window_seconds} s`],
              ['Amount', usd(found.amount_sum)],
              ['As of', `${time(found.as_of)} UTC`],
            ]}
          />
        </>
      )}
    </Fetched>
  </Card>
)
