import { Type } from 'typebox'
import { type Dependencies } from '../dependencies.ts'
import { problemResponse } from '../http/problem.ts'
import { unavailable } from '@fintech-streams/service'
import { type Api } from '../route.ts'
import { ALERT_KINDS, ALERT_TYPES, Alert, type AlertKind, type AlertType } from './alert.ts'
import { EventStream } from './event-stream.ts'
import { AlertHistory } from './history.ts'

const PAGE_ROWS_MAX = 500
/** Clients that one instance streams to. */
const LISTENERS_MAX = 500

const access = ['viewer', 'fraud_analyst', 'compliance', 'ops', 'operations'] as const

const Uuid = Type.String({ format: 'uuid' })
const Instant = Type.String({ format: 'date-time' })

const Query = Type.Object(
  {
    kind: Type.Optional(Type.Unsafe<AlertKind>({ type: 'string', enum: [...ALERT_KINDS] })),
    type: Type.Optional(
      Type.Array(Type.Unsafe<AlertType>({ type: 'string', enum: [...ALERT_TYPES] }), {
        maxItems: ALERT_TYPES.length,
        description: 'Verdicts and anomaly types; repeat the parameter for several',
      }),
    ),
    min_score: Type.Optional(Type.Number({ description: 'Of the score’s size: outliers below the mean are negative' })),
    customer_id: Type.Optional(Uuid),
    transaction_id: Type.Optional(Uuid),
    from: Type.Optional({ ...Instant, description: 'Event time' }),
    to: Type.Optional({ ...Instant, description: 'Event time, excluded' }),
    limit: Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: 'next_cursor of the page before' })),
  },
  { additionalProperties: false },
)

/** Fraud verdicts other than NORMAL, and anomalies: those that were, and those that come. */
export function alertRoutes(
  app: Api,
  {
    database,
    explainer,
    liveAlerts,
    draining,
  }: Pick<Dependencies, 'database' | 'explainer' | 'liveAlerts' | 'draining'>,
): void {
  const history = new AlertHistory(database, explainer)
  app.addHook('onClose', () => liveAlerts.close())
  app.get(
    '/v1/alerts',
    {
      config: { access },
      schema: {
        summary: 'Alerts with their evidence, the newest first',
        description: 'Fraud verdicts other than NORMAL, and anomalies, by event time.',
        tags: ['alerts'],
        querystring: Query,
        response: {
          200: Type.Object({
            alerts: Type.Array(Alert),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
        },
      },
    },
    async ({ query }, reply) => {
      reply.header('cache-control', 'no-store')
      const page = await history.read(
        {
          kind: query.kind,
          types: query.type,
          minScore: query.min_score,
          customerId: query.customer_id?.toLowerCase(),
          transactionId: query.transaction_id?.toLowerCase(),
          from: query.from,
          to: query.to,
        },
        query.limit,
        query.cursor,
      )
      return { alerts: page.alerts, next_cursor: page.nextCursor }
    },
  )

  app.get(
    '/v1/alerts/stream',
    {
      config: { access },
      schema: {
        summary: 'Alerts as they are committed, as server-sent events',
        description:
          'Events `alert` hold an alert; the first ones are those of the last seconds. A client that comes back with ' +
          'Last-Event-ID goes on after that event; where that is no longer possible the event `reload` comes first, and ' +
          'what is missing is in /v1/alerts. An alert may come twice: its id says so.',
        tags: ['alerts'],
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) }),
        response: {
          200: {
            description: 'A stream without an end',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
          503: problemResponse('unavailable', 'As many clients as one instance streams to, or stopping'),
        },
      },
    },
    async (request, reply) => {
      if (draining.aborted) throw unavailable('the server is stopping')
      if (liveAlerts.listeners >= LISTENERS_MAX) throw unavailable(`there are ${LISTENERS_MAX} listeners already`)
      reply.hijack()
      const stream = new EventStream(reply.raw, reply.getHeaders())
      const joined = liveAlerts.join(
        ({ id, alert }) => stream.send('alert', alert, id),
        request.headers['last-event-id'],
      )
      const end = (): void => stream.end()
      draining.addEventListener('abort', end, { once: true })
      reply.raw.once('close', () => {
        joined.leave()
        draining.removeEventListener('abort', end)
      })
      if (joined.mayHaveMissed) stream.send('reload', {})
      for (const { id, alert } of joined.backlog) stream.send('alert', alert, id)
    },
  )
}
