import { mergedHistogram, histogram, quantile, total } from '@fintech-streams/service'
import { formatInstant, JOB_IDS, PARTITIONS, RESULTS, type StageName, STAGES } from '@fintech-streams/contracts'
import { type Recent } from './sampler.ts'
import { type Condition, type JobRow, type StageRow } from './schema.ts'
import { gauges, instancesOf, isUp, samplesOf, type Snapshot, type Span } from './snapshot.ts'

const TITLES: Readonly<Record<StageName, string>> = {
  source: 'Stage 1: per customer',
  merge: 'Stage 2: shared keys',
}

/** How the processor's workers do, as one. */
export function processorCondition(now: Snapshot): Condition {
  const workers = instancesOf(now, 'processor')
  if (!workers.some(({ result }) => result.ok)) return 'down'
  return workers.some(({ result }) => result.ok && result.value.status.ready) ? 'up' : 'starting'
}

/** Both stages: what a task has of its own, together. */
export function stageRows({ rates, distributions }: Recent): StageRow[] {
  const { now } = rates
  const samples = samplesOf(now, 'processor')
  return STAGES.map(({ name: id, sourceTopic }) => {
    const labels = { stage: id }
    const tasks = gauges(samples, 'processor_lag_records', labels).length
    const condition = processorCondition(now)
    return {
      id,
      name: TITLES[id],
      state: condition === 'up' && tasks < PARTITIONS ? 'starting' : condition,
      tasks,
      tasks_expected: PARTITIONS,
      records_per_second: rates.counterRate('processor', 'processor_records_total', labels),
      lag_records: lagOf(now, id, sourceTopic),
      ...watermarkOf(now, id),
      state_entries: orNull(sumOf(gauges(samples, 'processor_state_entries', labels))),
      checkpoint: checkpointOf(distributions, id),
      failures: total(samples, 'processor_task_failures_total', labels),
      skipped: byLabel(now, 'processor_skipped_total', id),
      dead_lettered: byLabel(now, 'processor_dead_lettered_total', id),
    }
  })
}

/** One row per job: the ten, and every other one that a worker counts for. */
export function jobRows(recent: Recent, stages: readonly StageRow[]): JobRow[] {
  const latency = latencyOf(recent.distributions)
  return jobIds(recent.rates.now).map((id) => jobRow(recent, id, stages, latency))
}

/** The jobs by the stage that writes their results. */
export function jobsByStage(now: Snapshot): Readonly<Record<StageName, string[]>> {
  const [merge, source] = [[] as string[], [] as string[]]
  for (const id of jobIds(now)) (kindOf(id, now) === 'shared window' ? merge : source).push(id)
  return { source, merge }
}

function jobIds(now: Snapshot): string[] {
  const counted = samplesOf(now, 'processor').filter(({ name }) => name === 'processor_job_in_total')
  return [...new Set<string>([...JOB_IDS, ...counted.map(({ labels }) => labels['job'] ?? '')])]
}

function jobRow({ rates }: Recent, id: string, stages: readonly StageRow[], latency: JobRow['latency']): JobRow {
  const samples = samplesOf(rates.now, 'processor')
  const count = (name: string, labels = {}): number => total(samples, `processor_${name}_total`, { job: id, ...labels })
  const kind = kindOf(id, rates.now)
  // The stage that writes its results tells its watermark and its state; what comes in is counted in the first.
  const stage = stages[kind === 'shared window' ? 1 : 0]!
  const source = stages[0]!
  return {
    id,
    kind,
    state: stage.state,
    records_in: count('job_in', { stage: 'source' }),
    records_in_per_second: rates.counterRate('processor', 'processor_job_in_total', { job: id, stage: 'source' }),
    records_out: count('job_out'),
    records_out_per_second: rates.counterRate('processor', 'processor_job_out_total', { job: id }),
    watermark: stage.watermark,
    watermark_delay_seconds: stage.watermark_delay_seconds,
    lag_records: stage.lag_records,
    checkpoint: stage.checkpoint,
    latency,
    late: count('late'),
    dead_lettered: Object.values(source.dead_lettered).reduce((sum, n) => sum + n, 0),
    uncounted: count('job_uncounted'),
  }
}

function kindOf(id: string, now: Snapshot): JobRow['kind'] {
  const spec = (RESULTS as Readonly<Record<string, { readonly key: readonly string[] } | undefined>>)[id]
  if (spec?.key[0] === 'transaction_id') return 'transaction'
  const isShared =
    spec === undefined
      ? samplesOf(now, 'processor').some(({ labels }) => labels['job'] === id && labels['stage'] === 'merge')
      : spec.key[0] !== 'customer_id'
  return isShared ? 'shared window' : 'window'
}

/**
 * From a row's commit in the database to the commit of the results that it led to, in the last minute; null before two
 * samples, as what a worker has counted in its whole life says nothing of now.
 */
export function latencyOf(span: Span): JobRow['latency'] {
  const name = 'processor_end_to_end_latency_seconds'
  const observed = mergedHistogram(span.pairs('processor').map(([now, before]) => histogram(now, name, before)))
  const [p50, p99] = [quantile(observed, 0.5), quantile(observed, 0.99)]
  return p50 === undefined || p99 === undefined ? null : { p50_seconds: p50, p99_seconds: p99 }
}

/** What the tasks say; while no worker answers, what lies between the log's end and where they committed last. */
function lagOf(now: Snapshot, stage: StageName, topic: string): number | null {
  if (isUp(now, 'processor'))
    return orNull(sumOf(gauges(samplesOf(now, 'processor'), 'processor_lag_records', { stage })))
  if (!now.broker.ok) return null
  const ends = now.broker.value.endOffsets.get(topic)
  const processed = now.broker.value.processed.get(topic)
  if (ends === undefined || processed === undefined) return null
  return ends.reduce((lag, end, partition) => lag + Math.max(0, end - Math.max(0, processed.get(partition) ?? 0)), 0)
}

function watermarkOf(now: Snapshot, stage: StageName): Pick<StageRow, 'watermark' | 'watermark_delay_seconds'> {
  const delays = gauges(samplesOf(now, 'processor'), 'processor_watermark_delay_seconds', { stage })
  if (delays.length === 0) return { watermark: null, watermark_delay_seconds: null }
  const delay = Math.max(...delays)
  return { watermark: formatInstant(Math.round(now.atMs - 1_000 * delay)), watermark_delay_seconds: delay }
}

function checkpointOf(span: Span, stage: StageName): StageRow['checkpoint'] {
  const labels = { stage }
  const savedAt = gauges(samplesOf(span.now, 'processor'), 'processor_last_checkpoint_timestamp_seconds', labels)
  if (savedAt.length === 0) return null
  const checkpoints = span.counterGrowth('processor', 'processor_checkpoint_duration_seconds_count', labels)
  const mean = (name: string): number | null =>
    checkpoints === 0 ? null : span.counterGrowth('processor', name, labels) / checkpoints
  return {
    age_seconds: Math.max(0, span.now.atMs / 1_000 - Math.min(...savedAt)),
    entries: mean('processor_checkpoint_entries_total'),
    duration_seconds: mean('processor_checkpoint_duration_seconds_sum'),
  }
}

function byLabel(now: Snapshot, name: string, stage: StageName): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const sample of samplesOf(now, 'processor')) {
    if (sample.name !== name || sample.labels['stage'] !== stage) continue
    const reason = sample.labels['reason'] ?? ''
    counts[reason] = (counts[reason] ?? 0) + sample.value
  }
  return counts
}

const sumOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
const orNull = (value: number | undefined): number | null => value ?? null
