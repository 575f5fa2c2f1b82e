import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, fraudAlerts, type Rows } from '../dashboard.ts'
import { consoleAddress, riskLevel, tier } from '../variables.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Totals', [panel.score, panel.highest, panel.exposure, panel.highRisk, panel.compliance, panel.reviews]],
  ['Risk', [panel.scoreByTier, panel.highestOverTime, panel.exposureByTier]],
  ['What makes it', [panel.levels, panel.levelShares, panel.factors]],
  ['Compliance', [panel.complianceByTier, panel.lowest, panel.flags]],
  ['Distribution', [panel.scores, panel.rates, panel.flagged]],
  ['Customers', [panel.riskiest, panel.leastCompliant]],
]

/** For the risk officer: how much is at risk, why, with whom, and what compliance asks for. */
export const riskManagement = (): Dashboard =>
  dashboard(
    {
      uid: 'risk-management',
      title: 'Risk Management',
      description: 'How much is at risk, why, with whom, and what compliance asks for.',
    },
    { rows: ROWS, variables: [tier, riskLevel, consoleAddress], annotations: [fraudAlerts] },
  )
