import { total } from '@fintech-streams/service'
import { ANALYTICS_TABLES, analyticsTopic, DEAD_LETTER_TOPIC, LATE_TOPIC } from '@fintech-streams/contracts'
import { jobsByStage } from './jobs.ts'
import { type Condition, type ConnectorRow, type FlowEdge, type FlowNode, type ProcessRow } from './schema.ts'
import { isUp, type Snapshot, type Span } from './snapshot.ts'

/** Topics of changes that are named like results. */
const ANALYTICS_CHANGES: ReadonlySet<string> = new Set(ANALYTICS_TABLES.map(analyticsTopic))

/** What the flow's boxes show the state of. */
interface Parts {
  readonly processes: readonly ProcessRow[]
  readonly connectors: readonly ConnectorRow[]
}

/** The flow from left to right: who hands what to whom, and how much of it. */
export function flowOf(span: Span, parts: Parts): { nodes: FlowNode[]; edges: FlowEdge[] } {
  return { nodes: nodesOf(span.now, parts), edges: edgesOf(span) }
}

function nodesOf(now: Snapshot, { processes, connectors }: Parts): FlowNode[] {
  const node = (id: string, label: string, program = id): FlowNode => {
    const rows = processes.filter(({ name }) => name === program || name.startsWith(`${program}-`))
    const worst = worstOf(rows)
    return { id, label, state: worst?.state ?? 'unknown', detail: worst?.detail ?? '' }
  }
  const lake = node('lake', 'Lake')
  return [
    node('generator', 'Generator'),
    node('postgres', 'Postgres'),
    connectNode(node('connect', 'Debezium'), connectors),
    node('change_topics', 'Change topics', 'kafka'),
    node('stage1', 'Stage 1', 'processor'),
    node('stage2', 'Stage 2', 'processor'),
    node('result_topics', 'Result topics', 'kafka'),
    node('sink', 'Sink'),
    node('tables', 'Result tables', 'postgres'),
    node('counter', 'Top senders', 'counter'),
    ...(lake.state === 'absent' || !now.instances.some(({ program }) => program === 'lake') ? [] : [lake]),
    node('serving', 'API'),
  ]
}

const SEVERITY: readonly Condition[] = ['down', 'unknown', 'starting', 'absent', 'up']

/** Of several processes that do one thing: all have to be up, and the worst one says why not. */
function worstOf(rows: readonly ProcessRow[]): ProcessRow | undefined {
  return rows.toSorted((a, b) => SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state))[0]
}

function connectNode(node: FlowNode, connectors: readonly ConnectorRow[]): FlowNode {
  if (node.state !== 'up') return node
  const broken = connectors.find((connector) => brokenState(connector) !== undefined)
  if (broken === undefined) return node
  return { ...node, state: 'down', detail: `${broken.name}: ${broken.last_error ?? brokenState(broken)}` }
}

/** The state of a connector, or of one of its tasks, that keeps changes from coming; undefined when it runs. */
export function brokenState({ state, tasks }: ConnectorRow): string | undefined {
  if (state === 'UNKNOWN') return undefined
  if (state !== 'RUNNING') return state
  if (tasks.length === 0) return 'without a task'
  return tasks.find((task) => task.state !== 'RUNNING')?.state
}

function edgesOf(span: Span): FlowEdge[] {
  const edge = (from: string, to: string, what: string, unit: string, perSecond: number | null): FlowEdge => ({
    from,
    to,
    what,
    unit,
    per_second: perSecond,
  })
  const inserted = (which: 'platform' | 'results') =>
    span.rate(({ database }) => (database.ok ? database.value.inserted[which] : undefined))
  const decoded = span.rate(({ database }) =>
    database.ok ? sum([...database.value.slots.values()].map(({ decodedBytes }) => decodedBytes)) : undefined,
  )
  const changes = offsetRate(span, (topic) => !isOfProcessor(topic))
  const read = (stage: string) => span.counterRate('processor', 'processor_records_total', { stage })
  const results = jobsByStage(span.now)
  const written = (jobs: readonly string[]): number | null =>
    addUp(jobs.map((job) => span.counterRate('processor', 'processor_job_out_total', { job })))
  return [
    edge('generator', 'postgres', 'rows inserted', 'rows', inserted('platform')),
    edge('postgres', 'connect', 'WAL decoded for the connectors', 'bytes', decoded),
    edge('connect', 'change_topics', 'log offsets, ends of transactions included', 'offsets', changes),
    edge('change_topics', 'stage1', 'records read', 'records', read('source')),
    edge('stage1', 'stage2', 'partial aggregates and watermarks read', 'records', read('merge')),
    edge('stage1', 'result_topics', 'results written', 'results', written(results.source)),
    edge('stage2', 'result_topics', 'results written', 'results', written(results.merge)),
    edge('result_topics', 'sink', 'results read', 'records', span.counterRate('sink', 'sink_records_total')),
    edge('sink', 'tables', 'rows upserted', 'rows', span.counterRate('sink', 'sink_rows_upserted_total')),
    edge('change_topics', 'counter', 'records read', 'records', span.counterRate('counter', 'counter_records_total')),
    edge('counter', 'tables', 'transfers counted', 'transfers', span.counterRate('counter', 'counter_transfers_total')),
    ...(isUp(span.now, 'lake')
      ? [edge('change_topics', 'lake', 'records read', 'records', span.counterRate('lake', 'lake_records_total'))]
      : []),
    edge(
      'change_topics',
      'serving',
      'records read for risk scores',
      'records',
      span.ownRate('risk_score_records_total'),
    ),
    edge('tables', 'serving', 'answers of the API', 'answers', span.ownRate('serving_answers_total')),
  ]
}

/** Whether the processor, and nobody else, writes the topic. */
function isOfProcessor(topic: string): boolean {
  if (topic.startsWith('fintech.internal.') || topic === LATE_TOPIC || topic === DEAD_LETTER_TOPIC) return true
  return topic.startsWith(analyticsTopic('')) && !ANALYTICS_CHANGES.has(topic)
}

function offsetRate(span: Span, isCounted: (topic: string) => boolean): number | null {
  return span.rate(({ broker }) => {
    if (!broker.ok) return undefined
    return sum([...broker.value.endOffsets].flatMap(([topic, offsets]) => (isCounted(topic) ? offsets : [])))
  })
}

/** Records that were committed and are not in the tables yet, by the sink's own word or, while it is down, the offsets. */
export function sinkLag(now: Snapshot): number | null {
  const sink = now.instances.find(({ program }) => program === 'sink')
  if (sink?.result.ok === true) return total(sink.result.value.samples, 'sink_lag_records')
  if (!now.broker.ok || !now.database.ok || now.database.value.sinkOffsets === undefined) return null
  const { endOffsets } = now.broker.value
  return sum(
    [...now.database.value.sinkOffsets].map(([topic, next]) => Math.max(0, sum(endOffsets.get(topic) ?? []) - next)),
  )
}

const addUp = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : sum(known)
}
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
