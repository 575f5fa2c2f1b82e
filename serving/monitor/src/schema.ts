import { type Static, Type } from 'typebox'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()])
const Seconds = Type.Number({ description: 'Seconds' })
const PerSecond = nullable(Type.Number({ description: 'Per second, over the last ten; null before two samples' }))
const Instant = Type.String({ format: 'date-time' })

const words = <const T extends readonly string[]>(of: T) => Type.Unsafe<T[number]>({ type: 'string', enum: [...of] })

export const CONDITIONS = ['up', 'starting', 'down', 'unknown', 'absent'] as const
/**
 * `starting`: it answers and does not do its work yet. `unknown`: nobody who could tell answers. `absent`: it is not part
 * of this installation.
 */
export type Condition = (typeof CONDITIONS)[number]
const Condition = words(CONDITIONS)

const LastError = nullable(
  Type.Object({
    at: nullable(Instant),
    message: Type.String(),
  }),
)

const Checkpoint = nullable(
  Type.Object({
    age_seconds: Type.Number({ description: 'Of the task whose state was saved the longest ago' }),
    entries: nullable(Type.Number({ description: 'State entries that one checkpoint wrote, on average of a minute' })),
    duration_seconds: nullable(Type.Number({ description: 'Of a commit with a checkpoint, on average of a minute' })),
  }),
)

const Latency = nullable(
  Type.Object({
    p50_seconds: Seconds,
    p99_seconds: Seconds,
  }),
)

export const JobRow = Type.Object({
  id: Type.String(),
  kind: words(['transaction', 'window', 'shared window'] as const),
  state: Condition,
  records_in: Type.Number({ description: 'Transactions counted since the workers started' }),
  records_in_per_second: PerSecond,
  records_out: Type.Number({ description: 'Results written since the workers started' }),
  records_out_per_second: PerSecond,
  watermark: nullable(Instant),
  watermark_delay_seconds: nullable(Seconds),
  lag_records: nullable(Type.Number({ description: 'Records of its source not processed yet' })),
  checkpoint: Checkpoint,
  latency: Latency,
  late: Type.Number({ description: 'Records behind a window of this job that was closed' }),
  dead_lettered: Type.Number({ description: 'Malformed records of its source: the same for all jobs of one source' }),
  uncounted: Type.Number({ description: 'Transactions without the key that the job groups by' }),
})
export type JobRow = Static<typeof JobRow>

export const StageRow = Type.Object({
  id: words(['source', 'merge'] as const),
  name: Type.String(),
  state: Condition,
  tasks: Type.Integer({ description: 'Tasks whose worker answers' }),
  tasks_expected: Type.Integer(),
  records_per_second: PerSecond,
  lag_records: nullable(Type.Number()),
  watermark: nullable(Instant),
  watermark_delay_seconds: nullable(Seconds),
  state_entries: nullable(Type.Number()),
  checkpoint: Checkpoint,
  failures: Type.Number({ description: 'Tasks that failed and were recovered, since the workers started' }),
  skipped: Type.Record(Type.String(), Type.Number(), { description: 'Records that are no new transaction, by reason' }),
  dead_lettered: Type.Record(Type.String(), Type.Number(), { description: 'Malformed records, by reason' }),
})
export type StageRow = Static<typeof StageRow>

export const ProcessRow = Type.Object({
  name: Type.String({ description: 'As the process is called, such as `processor-2`' }),
  purpose: Type.String(),
  state: Condition,
  detail: Type.String({ description: 'Why it is not up' }),
  uptime_seconds: nullable(Seconds),
  memory_bytes: nullable(Type.Number()),
  last_error: LastError,
})
export type ProcessRow = Static<typeof ProcessRow>

export const ConnectorRow = Type.Object({
  name: Type.String(),
  state: Type.String({ description: 'As Connect says: RUNNING, FAILED, PAUSED, …' }),
  tasks: Type.Array(
    Type.Object({
      id: Type.Integer(),
      state: Type.String(),
      last_error: nullable(Type.String({ description: 'First line of the trace' })),
    }),
  ),
  last_error: nullable(Type.String()),
  slot: nullable(
    Type.Object({
      active: Type.Boolean(),
      status: nullable(Type.String()),
      retained_bytes: nullable(Type.Number({ description: 'WAL that the slot keeps' })),
      bytes_per_second: PerSecond,
      transactions_per_second: PerSecond,
    }),
  ),
  heartbeat_age_seconds: nullable(Seconds),
})
export type ConnectorRow = Static<typeof ConnectorRow>

export const FlowNode = Type.Object({
  id: Type.String(),
  label: Type.String(),
  state: Condition,
  detail: Type.String(),
})
export type FlowNode = Static<typeof FlowNode>

export const FlowEdge = Type.Object({
  from: Type.String(),
  to: Type.String(),
  what: Type.String(),
  unit: Type.String(),
  per_second: PerSecond,
})
export type FlowEdge = Static<typeof FlowEdge>

export const Trouble = Type.Object({
  severity: words(['error', 'warning'] as const),
  part: Type.String({ description: 'Name of the process, connector or job' }),
  text: Type.String({ description: 'What is wrong, why, and what follows from it' }),
})
export type Trouble = Static<typeof Trouble>

export const Pipeline = Type.Object({
  as_of: Instant,
  summary: Type.String(),
  troubles: Type.Array(Trouble),
  latency: Latency,
  late_beyond_horizon: Type.Number({ description: 'Records older than the duplicate horizon: late for every job' }),
  jobs: Type.Array(JobRow),
  stages: Type.Array(StageRow),
  connectors: Type.Array(ConnectorRow),
  processes: Type.Array(ProcessRow),
  flow: Type.Object({ nodes: Type.Array(FlowNode), edges: Type.Array(FlowEdge) }),
})
export type Pipeline = Static<typeof Pipeline>
