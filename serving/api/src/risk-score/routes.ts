import { formatInstant, formatMinor } from '@fintech-streams/contracts'
import { Type } from 'typebox'
import { ROLES } from '../access/roles.ts'
import { unavailable } from '@fintech-streams/service'
import { type Api } from '../route.ts'
import { type ScoreSource, ScoresUnavailable, WINDOW_MS, riskScore } from '@fintech-streams/risk-score'

const RiskScore = Type.Object({
  user_id: Type.String({ format: 'uuid' }),
  score: Type.Number({ description: 'Sum divided by count, in US dollars; 0 without a transaction' }),
  transaction_count: Type.Integer({ minimum: 0 }),
  amount_sum: Type.String({ description: 'US dollars, as a decimal' }),
  window_seconds: Type.Literal(WINDOW_MS / 1_000),
  as_of: Type.String({ format: 'date-time', description: 'Every transaction that the log held by then is counted' }),
})

/** The rolling risk score of a user: one memory access or one request to Redis. */
export function riskScoreRoutes(app: Api, { scores }: { readonly scores: ScoreSource }): void {
  app.get(
    '/v1/users/:customer_id/risk-score',
    {
      config: { access: [...ROLES] },
      schema: {
        summary: 'A user’s risk score over the last 60 seconds',
        description:
          'Sum of the amounts of the user’s transactions of the last 60 seconds divided by their number; 0 for a user ' +
          'who has none, and for one never seen.',
        tags: ['risk score'],
        params: Type.Object({ customer_id: Type.String({ format: 'uuid' }) }),
        response: { 200: RiskScore },
      },
    },
    async (request) => {
      const customerId = request.params.customer_id.toLowerCase()
      const { sumMinor, count, asOfMs } = await scores.read(customerId, Date.now()).catch((error: unknown) => {
        throw error instanceof ScoresUnavailable ? unavailable(error.message, error) : error
      })
      return {
        user_id: customerId,
        score: riskScore(sumMinor, count),
        transaction_count: count,
        amount_sum: formatMinor(sumMinor),
        window_seconds: 60 as const,
        as_of: formatInstant(asOfMs),
      }
    },
  )
}
