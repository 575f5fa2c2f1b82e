import { Stack } from '@mantine/core'
import type { ConnectorRow, JobRow, ProcessRow, StageRow } from '@fintech-streams/monitor'
import { ConditionBadge } from '../../elements/condition.tsx'
import type { Column } from '../../elements/data-table.tsx'
import { formatted, number, time } from '../../elements/format.ts'

/** The jobs, as a stream processor's users look for them; below a rate the count since the workers started. */
export const JOBS: readonly Column<JobRow>[] = [
  { header: 'Job', cell: ({ id }) => id, note: ({ kind }) => kind, role: 'names', width: 170 },
  { header: 'State', cell: ({ state }) => <ConditionBadge state={state} />, width: 100 },
  { header: 'In', cell: (job) => job.records_in_per_second, unit: 'cps', note: (job) => number(job.records_in) },
  { header: 'Out', cell: (job) => job.records_out_per_second, unit: 'cps', note: (job) => number(job.records_out) },
  {
    header: 'Watermark delay',
    cell: (job) => job.watermark_delay_seconds,
    unit: 's',
    width: 110,
    hint: ({ watermark }) => (watermark === null ? undefined : `${time(watermark)} UTC`),
  },
  { header: 'Lag', cell: (job) => job.lag_records, unit: 'count' },
  {
    header: 'Last checkpoint',
    cell: ({ checkpoint }) => checkpoint && `${formatted(checkpoint.age_seconds, 's')} ago`,
    align: 'right',
    width: 150,
    note: ({ checkpoint }) =>
      checkpoint === null || checkpoint.entries === null
        ? 'none in a minute'
        : `${number(Math.round(checkpoint.entries))} entries, ${formatted(checkpoint.duration_seconds, 's')}`,
  },
  { header: 'p50', cell: (job) => job.latency?.p50_seconds, unit: 's' },
  { header: 'p99', cell: (job) => job.latency?.p99_seconds, unit: 's' },
  { header: 'Late', cell: (job) => job.late, unit: 'count' },
  { header: 'Dead letters', cell: (job) => job.dead_lettered, unit: 'count', width: 90 },
]

/** The processor's stages: tasks, state, and what was left out and why. */
export const STAGES: readonly Column<StageRow>[] = [
  { header: 'Stage', cell: ({ name }) => name, role: 'names' },
  { header: 'State', cell: ({ state }) => <ConditionBadge state={state} /> },
  { header: 'Tasks', cell: (stage) => `${stage.tasks} of ${stage.tasks_expected}`, align: 'right' },
  { header: 'Records', cell: (stage) => stage.records_per_second, unit: 'cps' },
  { header: 'Lag', cell: (stage) => stage.lag_records, unit: 'count' },
  { header: 'Watermark delay', cell: (stage) => stage.watermark_delay_seconds, unit: 's' },
  { header: 'State entries', cell: (stage) => stage.state_entries, unit: 'count' },
  { header: 'Failures', cell: (stage) => stage.failures, unit: 'count' },
  { header: 'Skipped', cell: (stage) => reasons(stage.skipped) },
  { header: 'Dead letters', cell: (stage) => reasons(stage.dead_lettered) },
]

function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, n]) => n > 0)
  return parts.length === 0 ? 'none' : parts.map(([reason, n]) => `${reason} ${number(n)}`).join(', ')
}

/** Debezium's connectors: tasks, their place in the WAL, and their last error. */
export const CONNECTORS: readonly Column<ConnectorRow>[] = [
  { header: 'Connector', cell: ({ name }) => name, role: 'names' },
  { header: 'State', cell: ({ state }) => <ConditionBadge state={state} /> },
  {
    header: 'Tasks',
    cell: ({ tasks }) => (
      <Stack gap={2} align="flex-start">
        {tasks.length === 0 ? 'none' : tasks.map(({ id, state }) => <ConditionBadge key={id} state={state} />)}
      </Stack>
    ),
  },
  {
    header: 'Decoded',
    cell: ({ slot }) => slot?.transactions_per_second,
    unit: 'cps',
    note: ({ slot }) => formatted(slot?.bytes_per_second, 'binBps'),
  },
  { header: 'WAL kept', cell: ({ slot }) => slot?.retained_bytes, unit: 'bytes' },
  {
    header: 'Heartbeat',
    cell: ({ heartbeat_age_seconds: age }) => (age === null ? null : `${formatted(age, 's')} ago`),
    align: 'right',
  },
  { header: 'Last error', cell: ({ last_error: error }) => error ?? 'none', className: 'breaks' },
]

/** Every process of the platform. */
export const PROCESSES: readonly Column<ProcessRow>[] = [
  { header: 'Process', cell: ({ name }) => name, note: ({ purpose }) => purpose, role: 'names' },
  { header: 'State', cell: ({ state }) => <ConditionBadge state={state} /> },
  { header: 'Up for', cell: (process) => process.uptime_seconds, unit: 's' },
  { header: 'Memory', cell: (process) => process.memory_bytes, unit: 'bytes' },
  {
    header: 'Last error',
    cell: ({ last_error: error, detail }) => error?.message ?? (detail === '' ? 'none' : detail),
    note: ({ last_error: error }) => error?.at && `${time(error.at)} UTC`,
    className: 'breaks',
  },
]
