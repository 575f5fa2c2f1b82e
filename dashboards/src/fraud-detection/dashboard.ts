import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, fraudAlerts, type Rows } from '../dashboard.ts'
import { consoleAddress, tier, verdict } from '../variables.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Totals', [panel.alerts, panel.rate, panel.amount, panel.customers, panel.score, panel.anomalies]],
  ['Latest', [panel.latest]],
  ['Over time', [panel.alertsByVerdict, panel.rateOverTime, panel.amountByVerdict, panel.anomaliesByType]],
  ['Who and how much', [panel.verdicts, panel.tiers, panel.countries, panel.sizes]],
  ['To look into', [panel.topCustomers, panel.latestAnomalies]],
  ['Beside the rules', [panel.cases, panel.live]],
]

/** For the fraud analyst: what to look at next, and whether something new goes on. */
export const fraudDetection = (): Dashboard =>
  dashboard(
    {
      uid: 'fraud-detection',
      title: 'Fraud Detection',
      description: 'What to look at next, and whether something new goes on.',
    },
    { rows: ROWS, variables: [tier, verdict, consoleAddress], annotations: [fraudAlerts], refresh: '10s' },
  )
