import { Paper, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { Facts } from '../../elements/facts.tsx'
import { number, time } from '../../elements/format.ts'
import { usd } from '../../elements/money.ts'
import { Loaded } from '../../elements/states.tsx'

const EVERY_MS = 1_000

/** As GET /v1/users/{customer_id}/risk-score answers. */
interface Score {
  readonly score: number
  readonly transaction_count: number
  readonly amount_sum: string
  readonly window_seconds: number
  readonly as_of: string
}

/** The rolling score of the last minute, asked for every second. */
export function RiskScore({ customerId }: { readonly customerId: string }) {
  const score = useQuery({
    queryKey: ['risk-score', customerId],
    queryFn: ({ signal }) => get<Score>(`/v1/users/${encodeURIComponent(customerId)}/risk-score`, {}, signal),
    refetchInterval: EVERY_MS,
  })
  return (
    <Paper withBorder p="md" component="section" aria-label="Rolling risk score" mih={220}>
      <Title order={2} mb="xs">
        Rolling risk score
      </Title>
      <Loaded query={score} what="Loading the score">
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
      </Loaded>
    </Paper>
  )
}
