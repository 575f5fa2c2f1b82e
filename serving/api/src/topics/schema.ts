import { type Static, Type } from 'typebox'

const Offset = Type.Integer({ minimum: 0 })

const TopicSummary = Type.Object({
  name: Type.String(),
  partitions: Type.Integer(),
  records: Type.Integer({ description: 'Offsets from the first to the last: records, transaction markers and gaps' }),
})
export const TopicList = Type.Object({ topics: Type.Array(TopicSummary) })
export type TopicList = Static<typeof TopicList>

const Position = Type.Object({
  partition: Type.Integer(),
  offset: Offset,
  lag: Type.Integer({ minimum: 0, description: 'Offsets from there to the end' }),
})

export const TopicDetail = Type.Object({
  name: Type.String(),
  partitions: Type.Array(
    Type.Object({
      partition: Type.Integer(),
      leader: Type.Integer({ description: 'Id of the broker' }),
      begin_offset: Offset,
      end_offset: Type.Integer({ minimum: 0, description: 'Up to where committed records can be read' }),
    }),
  ),
  readers: Type.Array(
    Type.Object({
      name: Type.String(),
      kept_in: Type.Union([Type.Literal('Kafka'), Type.Literal('Postgres')], {
        description: 'Where the reader keeps how far it is',
      }),
      positions: Type.Array(Position),
    }),
  ),
})
export type TopicDetail = Static<typeof TopicDetail>

export const MessagesRequest = Type.Object(
  {
    partition: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, description: 'All of them without it' })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    offset: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'From this offset on' }),
    ),
    since: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000, description: 'From this time on, in ms since 1970' }),
    ),
    key: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Text that the key contains' })),
  },
  { additionalProperties: false },
)
export type MessagesRequest = Static<typeof MessagesRequest>

/** A key or a value. */
const Content = Type.Object({
  format: Type.Union([Type.Literal('json'), Type.Literal('text'), Type.Literal('binary'), Type.Literal('null')]),
  text: Type.String({ description: 'Binary content in hexadecimal' }),
  bytes: Type.Integer(),
  truncated: Type.Boolean(),
})
export type Content = Static<typeof Content>

const Message = Type.Object({
  partition: Type.Integer(),
  offset: Offset,
  timestamp_ms: Type.Number(),
  key: Content,
  value: Content,
})
export type Message = Static<typeof Message>

export const MessagesResponse = Type.Object({
  messages: Type.Array(Message, { description: 'The newest first, unless they were asked for from a place on' }),
  looked_at: Type.Integer({ description: 'Records that were read for it' }),
  is_complete: Type.Boolean({ description: 'False when looking was given up before enough was found' }),
})
export type MessagesResponse = Static<typeof MessagesResponse>

const DeadLetter = Type.Object({
  id: Type.String({ description: '`topic/partition/offset` of the record that it was' }),
  timestamp: Type.String({ description: 'The record’s own time' }),
  reason: Type.String(),
  detail: Type.String(),
  key: Content,
  value: Content,
})
export type DeadLetter = Static<typeof DeadLetter>
export const DeadLetters = Type.Object({
  dead_letters: Type.Array(DeadLetter, { description: 'The newest first' }),
  is_complete: Type.Boolean({ description: 'Whether these are all' }),
})
export type DeadLetters = Static<typeof DeadLetters>

export const ReplayOrder = Type.Object(
  {
    ids: Type.Array(Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}/[0-9]{1,9}/[0-9]{1,15}$' }), {
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
    }),
    values: Type.Optional(
      Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), {
        description: 'Corrected values by id; a letter without one is sent as it was',
      }),
    ),
  },
  { additionalProperties: false },
)
export type ReplayOrder = Static<typeof ReplayOrder>

export const ReplayResponse = Type.Object({ sent: Type.Array(Type.String(), { description: 'Ids' }) })
export type ReplayResponse = Static<typeof ReplayResponse>
