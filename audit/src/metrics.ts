import { Gauge, type Registry } from 'prom-client'
import { type Audit } from './auditor.ts'

const MINOR_UNITS = 100

/** What Prometheus sees of the audits. */
export class AuditMetrics {
  readonly #difference: Gauge<'check'>
  readonly #checked: Gauge
  readonly #checkedUpTo: Gauge
  readonly #behind: Gauge
  readonly #took: Gauge

  constructor(registry: Registry) {
    const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Gauge<L>({ name: `fintech_conservation_${name}`, help, labelNames, registers: [registry] })
    this.#difference = gauge('difference', 'How far apart the sides are: transactions, US dollars for amounts', [
      'check',
    ])
    this.#checked = gauge('checked_timestamp_seconds', 'When the last audit that came to a verdict ended')
    this.#checkedUpTo = gauge('checked_event_time_seconds', 'Event time up to which it looked')
    this.#behind = gauge('behind', '1 while the last audit met something that had not come through')
    this.#took = gauge('audit_duration_seconds', 'How long the last audit took')
  }

  /** An audit that came to no verdict leaves the differences as they were. */
  audited({ state, checks, cutMs, tookMs }: Audit): void {
    this.#behind.set(state === 'behind' ? 1 : 0)
    this.#took.set(tookMs / 1_000)
    if (state === 'behind') return
    for (const { name, difference } of checks) {
      this.#difference.set({ check: name }, Number(difference) / (name === 'minute_amounts' ? MINOR_UNITS : 1))
    }
    this.#checked.set(Date.now() / 1_000)
    this.#checkedUpTo.set(cutMs / 1_000)
  }
}
