import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, type Rows } from '../dashboard.ts'
import { consoleAddress, customer, transaction } from '../variables.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Who', [panel.profile, panel.accounts]],
  ['Totals', [panel.amount, panel.transactions, panel.alerts, panel.risk, panel.compliance, panel.highRisk]],
  ['Transaction', [panel.transaction]],
  ['Latest', [panel.verdicts, panel.compliances]],
  ['Over time', [panel.amountOverTime, panel.transactionsOverTime, panel.riskOverTime, panel.habits]],
  ['Mix', [panel.categories, panel.channels, panel.factors]],
]

/** One customer, and one of its transactions: what the links of the others lead to. */
export const customerDashboard = (): Dashboard =>
  dashboard(
    { uid: 'customer', title: 'Customer', description: 'One customer, and one of its transactions.' },
    { rows: ROWS, variables: [customer, transaction, consoleAddress], refresh: '30s' },
  )
