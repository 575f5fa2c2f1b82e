import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboardOf } from './dashboard.ts'
import { DASHBOARDS } from './dashboards/index.ts'

export { expand, ExpandError, expandPromql, intervalOf, type QueryContext } from './expand.ts'

/** Every dashboard as Grafana reads it, in the order in which they are listed. */
export const dashboards = (): Dashboard[] => DASHBOARDS.map(dashboardOf)
export { initialValues, variableOptions, type VariableValues } from './values.ts'
export { panelQueries, type PanelQuery } from './panel-queries.ts'
export { POSTGRES_ALERTS } from './alerting/postgres-alerts.ts'
export { PROMETHEUS_ALERTS } from './alerting/prometheus-alerts.ts'
export { fraudAlerts } from './dashboard.ts'
export { inWords } from './select.ts'
