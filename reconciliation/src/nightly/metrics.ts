import { Gauge, type Registry } from 'prom-client'
import { nightlyState, statementsState } from './report.ts'

/**
 * Metrics of the last nightly run and its statements. The run has ended by the time of a scrape, so the lake's process
 * reports them from the files that it left. Before the first run there is no sample: a zero would mean a failed run, or
 * one of 1970.
 */
export function registerNightlyMetrics(registry: Registry, lakeDir: string): void {
  const nightly = () => nightlyState(lakeDir)
  const statements = () => statementsState(lakeDir)
  number(
    registry,
    'nightly_last_run_succeeded',
    '1 when the last nightly run published its indexes, 0 when it failed',
    async () => {
      const state = await nightly()
      return state === undefined ? undefined : Number(state.succeeded)
    },
  )
  number(
    registry,
    'nightly_last_success_timestamp_seconds',
    'When a nightly run last published its indexes',
    async () => {
      const lastMs = (await nightly())?.lastSuccessAtMs ?? null
      return lastMs === null ? undefined : lastMs / 1_000
    },
  )
  number(
    registry,
    'nightly_duration_seconds',
    'How long the last nightly run took',
    async () => (await nightly())?.seconds,
  )
  number(
    registry,
    'nightly_open_days',
    'Days that are over and have not been reconciled',
    async () => (await statements())?.openDays,
  )
  number(registry, 'statements_late', 'Statements that should have come by now', async () => (await statements())?.late)
  counts(
    registry,
    'nightly_entries',
    'Entries of the last reconciled day, by status',
    'status',
    async () => (await nightly())?.statuses,
  )
  counts(
    registry,
    'statement_files',
    'Statement files, by what became of them',
    'outcome',
    async () => (await statements())?.files,
  )
  counts(
    registry,
    'statement_lines',
    'Lines of statement files, by what became of them',
    'outcome',
    async () => (await statements())?.lines,
  )
}

function number(registry: Registry, name: string, help: string, valueOf: () => Promise<number | undefined>): void {
  new Gauge({
    name: `reconciliation_${name}`,
    help,
    registers: [registry],
    async collect() {
      const value = await valueOf()
      if (value === undefined) this.remove()
      else this.set(value)
    },
  })
}

function counts<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  label: L,
  valuesOf: () => Promise<Readonly<Record<string, number>> | undefined>,
): void {
  new Gauge<string>({
    name: `reconciliation_${name}`,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const values = await valuesOf()
      this.reset()
      for (const [value, n] of Object.entries(values ?? {})) this.set({ [label]: value }, n)
    },
  })
}
