import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard, fraudAlerts, type Rows } from '../dashboard.ts'
import { consoleAddress, visitedCountry } from '../variables.ts'
import * as panel from './panels.ts'

const ROWS: Rows = [
  ['Totals', [panel.countries, panel.cities, panel.transactions, panel.amount, panel.largest, panel.abroad]],
  ['Map', [panel.map, panel.byCountry]],
  ['Over time', [panel.transactionsByCountry, panel.amountByCountry]],
  ['There', [panel.topCities, panel.averageByCity, panel.categories, panel.currencies]],
  ['Abroad', [panel.abroadByCountry, panel.abroadLatest]],
]

/** Where transactions happen, and where they should not. */
export const geographicAnalysis = (): Dashboard =>
  dashboard(
    {
      uid: 'geographic-analysis',
      title: 'Geographic Analysis',
      description: 'Where transactions happen, and where they should not.',
    },
    { rows: ROWS, variables: [visitedCountry, consoleAddress], annotations: [fraudAlerts] },
  )
