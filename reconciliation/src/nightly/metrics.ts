import { Gauge, type Registry } from 'prom-client'
import { nightlyState } from './report.ts'

/** The last nightly run, which is over when anybody asks: the lake's process tells of it from what the run left behind. */
export function registerNightlyMetrics(registry: Registry, lakeDir: string): void {
  const gauge = (name: string, help: string, labelNames: string[], collect: (this: Gauge) => Promise<void>): void => {
    new Gauge({ name: `reconciliation_nightly_${name}`, help, labelNames, registers: [registry], collect })
  }
  gauge(
    'last_run_succeeded',
    '1 when the last nightly run published its indexes, 0 when it failed',
    [],
    async function () {
      const state = await nightlyState(lakeDir)
      if (state !== undefined) this.set(state.succeeded ? 1 : 0)
    },
  )
  gauge('last_success_timestamp_seconds', 'When a nightly run last published its indexes', [], async function () {
    const state = await nightlyState(lakeDir)
    const lastMs = state?.lastSuccessAtMs ?? null
    if (lastMs !== null) this.set(lastMs / 1_000)
  })
  gauge('duration_seconds', 'How long the last nightly run took', [], async function () {
    const state = await nightlyState(lakeDir)
    if (state !== undefined) this.set(state.seconds)
  })
  gauge('entries', 'Entries of the last reconciled day, by status', ['status'], async function () {
    const state = await nightlyState(lakeDir)
    this.reset()
    for (const [status, n] of Object.entries(state?.statuses ?? {})) this.set({ status }, n)
  })
}
