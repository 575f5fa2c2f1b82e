import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, fraudAlerts, type Rows } from '../dashboard.ts'
import { consoleAddress, transactionType } from '../variables.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Totals', [panel.transactions, panel.volume, panel.average, panel.fees, panel.successRate, panel.highRiskRate]],
  ['Flow', [panel.rateByType, panel.volumeByType, panel.averageByType]],
  ['Outcome', [panel.statuses, panel.successByType, panel.adverseByType]],
  ['Mix', [panel.shares, panel.levels, panel.feesByType]],
  ['In detail', [panel.summary, panel.latest]],
  ['The day', [panel.hours, panel.activeCustomers]],
]

/** For the head of payments: how much goes through, whether it succeeds, and what it earns. */
export const transactionMonitor = (): Dashboard =>
  dashboard(
    {
      uid: 'transaction-monitor',
      title: 'Transaction Monitor',
      description: 'How much goes through, whether it succeeds, and what it earns.',
    },
    { rows: ROWS, variables: [transactionType, consoleAddress], annotations: [fraudAlerts] },
  )
