import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, fraudAlerts, type Rows } from '../dashboard.ts'
import { consoleAddress, merchantCategory, merchantCountry, riskLevel } from '../variables.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Totals', [panel.revenue, panel.transactions, panel.merchants, panel.average, panel.retention, panel.reversals]],
  ['Over time', [panel.revenueByCategory, panel.transactionsByCategory, panel.retentionByCategory]],
  ['Who earns', [panel.top, panel.categories, panel.levels]],
  ['How', [panel.tickets, panel.countries, panel.concentration, panel.reversalsOverTime]],
  ['Merchants', [panel.byMerchant]],
]

/** For partnerships: which merchants earn, which keep their customers, and which are a risk. */
export const merchantPerformance = (): Dashboard =>
  dashboard(
    {
      uid: 'merchant-performance',
      title: 'Merchant Performance',
      description: 'Which merchants earn, which keep their customers, and which are a risk.',
    },
    {
      rows: ROWS,
      variables: [merchantCategory, merchantCountry, riskLevel, consoleAddress],
      annotations: [fraudAlerts],
    },
  )
