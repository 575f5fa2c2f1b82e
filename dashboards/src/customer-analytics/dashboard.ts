import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, fraudAlerts, type Rows } from '../dashboard.ts'
import { consoleAddress, homeCountry, tier } from '../variables.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Totals', [panel.customers, panel.transactions, panel.spent, panel.average, panel.fees, panel.digital]],
  ['Spending', [panel.amountByTier, panel.averageByTier, panel.activeByHour]],
  ['How and on what', [panel.channels, panel.channelByTier, panel.categories]],
  ['Habits', [panel.consistency, panel.concentration, panel.amountShares]],
  ['Tiers and homes', [panel.tiers, panel.homes]],
  ['Customers', [panel.topCustomers]],
]

/** For whoever owns the customers: who is active, what they spend, on what and how. */
export const customerAnalytics = (): Dashboard =>
  dashboard(
    {
      uid: 'customer-analytics',
      title: 'Customer Analytics',
      description: 'Who is active, what they spend, on what and how.',
    },
    { rows: ROWS, variables: [tier, homeCountry, consoleAddress], annotations: [fraudAlerts] },
  )
