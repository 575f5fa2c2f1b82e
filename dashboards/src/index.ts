import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { DASHBOARDS } from './files.ts'

export { expand, ExpandError, expandPromql, intervalOf, type QueryContext } from './expand.ts'

/** Every dashboard as Grafana reads it, in the order in which they are listed. */
export const dashboards = (): Dashboard[] => Object.values(DASHBOARDS).map((build) => build())
export { initialValues, variableOptions, type VariableValues } from './values.ts'
export { panelQueries, type PanelQuery } from './panel-queries.ts'
export { fraudAlerts } from './dashboard.ts'
