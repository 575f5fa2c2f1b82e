import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, type Rows } from '../dashboard.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Now', [panel.settled, panel.breaks, panel.lastRun, panel.failures, panel.toBePaid, panel.held]],
  ['Breaks', [panel.breaksByDay, panel.breaksByBank, panel.byDayAndBank, panel.largest]],
  ['Aging and payouts', [panel.aging, panel.payouts]],
  ['Merchants', [panel.anomalous]],
]

/** For finance and treasury: what does not match the banks' statements, for how long, and what is to be paid out. */
export const reconciliation = (): Dashboard =>
  dashboard(
    {
      uid: 'reconciliation',
      title: 'Reconciliation',
      description: "What does not match the banks' statements, for how long, and what is to be paid out.",
    },
    { rows: ROWS, since: 'now-30d', refresh: '5m' },
  )
