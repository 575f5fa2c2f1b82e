import { DAY_MS, formatInstant, formatMinor } from '@fintech-streams/contracts'
import { Type } from 'typebox'
import { Problem } from '@fintech-streams/service'
import { type Api } from '../route.ts'
import { ORDERS, type SendersRequest, type CounterProgress, type TopSendersView } from '@fintech-streams/top-senders'

const LIMIT_MAX = 100
const DAYS_MAX = 366

const Uuid = Type.String({ format: 'uuid' })
const Day = Type.String({ format: 'date', description: 'UTC day, such as 2026-11-20' })

const TopSenders = Type.Object({
  account_id: Uuid,
  senders: Type.Array(
    Type.Object({
      from_account_id: Uuid,
      transaction_count: Type.Integer({ minimum: 1 }),
      transaction_amount: Type.String({ description: 'US dollars, as a decimal' }),
    }),
  ),
  as_of: Type.String({ format: 'date-time', description: 'Every transaction that the log held by then is counted' }),
})

/** The accounts that an account has received most from. */
export function topSendersRoutes(
  app: Api,
  { topSenders, counterProgress }: { topSenders: TopSendersView; counterProgress: CounterProgress },
): void {
  app.get(
    '/v1/accounts/:account_id/top-senders',
    {
      config: { access: ['viewer', 'fraud_analyst', 'compliance', 'finance', 'operations'] },
      schema: {
        summary: 'The accounts that an account has received most from',
        description:
          'Completed transfers received, all time or by whole UTC days. An account that nobody has sent anything has no ' +
          'senders, and so has one that does not exist. Among equal amounts the higher count comes first, and vice versa.',
        tags: ['top senders'],
        params: Type.Object({ account_id: Uuid }),
        querystring: Type.Object(
          {
            limit: Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: 10 }),
            order_by: Type.Union(
              ORDERS.map((order) => Type.Literal(order)),
              { default: 'amount' },
            ),
            from: Type.Optional(Day),
            to: Type.Optional({ ...Day, description: 'Included; today when only `from` is given' }),
          },
          { additionalProperties: false },
        ),
        response: { 200: TopSenders },
      },
    },
    async ({ params, query }) => {
      const request: SendersRequest = {
        accountId: params.account_id.toLowerCase(),
        orderBy: query.order_by,
        limit: query.limit,
        days: daysOf(query.from, query.to, counterProgress.firstDay, Date.now()),
      }
      const { senders, asOfMs } = await topSenders.read(request)
      return {
        account_id: request.accountId,
        senders: senders.map(({ fromAccountId, transactionCount, amountMinor }) => ({
          from_account_id: fromAccountId,
          transaction_count: transactionCount,
          transaction_amount: formatMinor(BigInt(amountMinor)),
        })),
        as_of: formatInstant(asOfMs),
      }
    },
  )
}

/**
 * The days that are asked for; undefined for all time.
 * @throws Problem `invalid_request` for days that are not kept, too many or none.
 */
export function daysOf(
  from: string | undefined,
  to: string | undefined,
  firstDay: string | undefined,
  nowMs: number,
): SendersRequest['days'] {
  if (from === undefined && to === undefined) return undefined
  if (from === undefined) throw invalid('from', 'is needed where there is `to`')
  const days = { from, to: to ?? formatInstant(nowMs).slice(0, 10) }
  if (days.to < days.from) throw invalid('to', `is before ${days.from}`)
  if ((Date.parse(days.to) - Date.parse(days.from)) / DAY_MS >= DAYS_MAX) {
    throw invalid('to', `makes more than ${DAYS_MAX} days: without days the answer is of all time`)
  }
  if (firstDay !== undefined && from < firstDay) {
    throw invalid('from', `is before ${firstDay}, the first day that is kept: without days the answer is of all time`)
  }
  return days
}

function invalid(name: string, message: string): Problem {
  return new Problem('invalid_request', `/query/${name} ${message}`, {
    fields: [{ pointer: `/query/${name}`, message }],
  })
}
