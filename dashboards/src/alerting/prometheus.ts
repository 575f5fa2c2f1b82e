import { stringify } from 'yaml'
import { type PrometheusAlert } from './alert.ts'
import { PROMETHEUS_ALERTS } from './prometheus-alerts.ts'

const HEADER = `# Written by npm run dashboards from dashboards/src/alerting/prometheus-alerts.ts: change an alert there.
# rules.test.yml shows when each fires and when not.
`

const ruleOf = ({ name, expr, lasting, severity, summary, description }: PrometheusAlert): object => ({
  alert: name,
  expr,
  ...(lasting === undefined ? {} : { for: lasting }),
  labels: { severity },
  annotations: { summary, description },
})

/** The file of alert rules, in the form of Prometheus. */
export function prometheusRules(): string {
  const groups = Object.entries(PROMETHEUS_ALERTS).map(([name, alerts]) => ({ name, rules: alerts.map(ruleOf) }))
  return HEADER + stringify({ groups }, { lineWidth: 0, singleQuote: true })
}
