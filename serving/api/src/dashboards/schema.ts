import { type Static, Type } from 'typebox'

/** The list of dashboards. */
export const DashboardList = Type.Object({
  dashboards: Type.Array(
    Type.Object({ uid: Type.String(), title: Type.String(), description: Type.String(), panels: Type.Integer() }),
  ),
})
export type DashboardList = Static<typeof DashboardList>

const Variable = Type.Object({
  name: Type.String(),
  label: Type.String(),
  kind: Type.Union([Type.Literal('choice'), Type.Literal('text'), Type.Literal('constant')]),
  multi: Type.Boolean({ description: 'Whether several values may be chosen' }),
  options: Type.Array(Type.String(), { description: 'What may be chosen; a text may be anything' }),
  values: Type.Array(Type.String(), { description: 'What is chosen at first' }),
})
export type Variable = Static<typeof Variable>

/** One dashboard: its JSON as Grafana has it, and what its variables can be at present. */
export const DashboardResponse = Type.Object({
  dashboard: Type.Record(Type.String(), Type.Unknown(), { description: 'As Grafana has it' }),
  variables: Type.Array(Variable),
})
export type DashboardResponse = Static<typeof DashboardResponse>

const VALUES_MAX = 500
const Moment = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000, description: 'Milliseconds since 1970' })

/** What is asked of a panel. */
export const PanelRequest = Type.Object(
  {
    from: Moment,
    to: Moment,
    variables: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 64 }),
        Type.Array(Type.String({ maxLength: 256 }), { maxItems: VALUES_MAX }),
        { maxProperties: 20, description: 'By name; those that are left out are what they are at first' },
      ),
    ),
  },
  { additionalProperties: false },
)
export type PanelRequest = Static<typeof PanelRequest>

/** A list and no tuple of typebox, whose items the serializer takes only where they have one type. */
const Point = Type.Unsafe<[timeMs: number, value: number | null]>(
  Type.Array(Type.Union([Type.Number(), Type.Null()]), {
    minItems: 2,
    maxItems: 2,
    description: 'Milliseconds since 1970, and a value',
  }),
)

/** Lines over time. */
const Lines = Type.Object({
  kind: Type.Literal('lines'),
  ref_id: Type.String(),
  lines: Type.Array(
    Type.Object({
      name: Type.String(),
      points: Type.Array(Point),
    }),
  ),
})

/** Rows as they are. */
const Rows = Type.Object({
  kind: Type.Literal('rows'),
  ref_id: Type.String(),
  columns: Type.Array(
    Type.Object({
      name: Type.String(),
      type: Type.Union([Type.Literal('time'), Type.Literal('number'), Type.Literal('text'), Type.Literal('boolean')]),
    }),
  ),
  rows: Type.Array(Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]))),
})

/** Nothing, because the data source is not there. */
const Missing = Type.Object({
  kind: Type.Literal('missing'),
  ref_id: Type.String(),
  needs: Type.Union([Type.Literal('Prometheus'), Type.Literal('Kafka')]),
})

export const QueryResult = Type.Union([Lines, Rows, Missing])
export type QueryResult = Static<typeof QueryResult>
export type LinesResult = Static<typeof Lines>
export type RowsResult = Static<typeof Rows>

export const PanelResponse = Type.Object({
  step_ms: Type.Integer({ description: 'Between two points of a line' }),
  results: Type.Array(QueryResult, { description: 'One for each of the panel’s queries' }),
})
export type PanelResponse = Static<typeof PanelResponse>

/** Marks on every chart over time. */
export const AnnotationsResponse = Type.Object({
  annotations: Type.Array(Type.Object({ time_ms: Type.Number(), text: Type.String() })),
})
export type AnnotationsResponse = Static<typeof AnnotationsResponse>
