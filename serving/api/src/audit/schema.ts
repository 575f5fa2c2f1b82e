import { type Static, Type } from 'typebox'

const Instant = Type.String({ format: 'date-time' })

const Conservation = Type.Object({
  state: Type.Union([Type.Literal('conserved'), Type.Literal('broken'), Type.Literal('behind')], {
    description: '`broken`: not equal, though everything has come through; `behind`: something has not',
  }),
  behind: Type.Union([Type.String(), Type.Null()], { description: 'What has not come through yet' }),
  from: Instant,
  to: Type.String({ format: 'date-time', description: 'Event times before this were looked at' }),
  ended_at: Instant,
  took_seconds: Type.Number(),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      left: Type.Object({ what: Type.String(), value: Type.String() }),
      right: Type.Object({ what: Type.String(), value: Type.String() }),
      difference: Type.String({ description: 'Sum over the minutes of how far apart the sides are' }),
      unit: Type.Union([Type.Literal('transactions'), Type.Literal('US dollars')]),
      different_minutes: Type.Array(Instant, { description: 'The first ones' }),
    }),
  ),
})
export type Conservation = Static<typeof Conservation>

/** The last audit, while another may be under way. */
export const ConservationResponse = Type.Object({
  last: Type.Union([Conservation, Type.Null()]),
  is_running: Type.Boolean(),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'Why the last attempt came to nothing' }),
})
export type ConservationResponse = Static<typeof ConservationResponse>

const Chaos = Type.Object({
  started_at: Instant,
  seconds: Type.Number(),
  seed: Type.Number(),
  ok: Type.Boolean(),
  faults: Type.Integer(),
  load: Type.Object({
    offered_per_second: Type.Number(),
    median_per_second: Type.Number(),
    written: Type.Number(),
  }),
  transactions: Type.Object({ in_postgres: Type.Number(), in_kafka: Type.Number() }),
  recovery: Type.Array(
    Type.Object({
      kind: Type.String(),
      count: Type.Integer(),
      median_seconds: Type.Number(),
      max_seconds: Type.Number(),
    }),
  ),
  verification: Type.Union([
    Type.Null(),
    Type.Object({
      compared: Type.Number({ description: 'Results recomputed, of topics and tables' }),
      missing: Type.Number(),
      duplicate: Type.Number(),
      wrong: Type.Number(),
      unexpected: Type.Number(),
    }),
  ]),
})
export type Chaos = Static<typeof Chaos>

/** The outcome of the last chaos run. */
export const ChaosResponse = Type.Object({
  last: Type.Union([Chaos, Type.Null()]),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'Why there is none' }),
})
export type ChaosResponse = Static<typeof ChaosResponse>
