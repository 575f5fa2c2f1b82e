import { type Dashboard, type VariableModel, VariableType } from '@grafana/grafana-foundation-sdk/dashboard'
import { type QueryContext } from './expand.ts'

export type VariableValues = NonNullable<QueryContext['variables']>

/** Grafana's sign for all options at once. */
const ALL = '$__all'

/**
 * What the variables of a dashboard may be, in the order of the dashboard; of a text box, its only value.
 * @param run gives the first column of a query's rows.
 */
export async function variableOptions(
  dashboard: Dashboard,
  run: (sql: string) => Promise<string[]>,
): Promise<Map<string, string[]>> {
  const options = new Map<string, string[]>()
  for (const variable of dashboard.templating.list ?? []) options.set(variable.name, await optionsOf(variable, run))
  return options
}

/** What the variables of a dashboard are when it is opened: all of several options, the first of single ones. */
export async function initialValues(
  dashboard: Dashboard,
  run: (sql: string) => Promise<string[]>,
): Promise<VariableValues> {
  const options = await variableOptions(dashboard, run)
  return Object.fromEntries(
    (dashboard.templating.list ?? []).map(({ name, current }) => {
      const all = options.get(name) ?? []
      return [name, [current?.value].flat()[0] === ALL ? all : (all[0] ?? '')]
    }),
  )
}

async function optionsOf(variable: VariableModel, run: (sql: string) => Promise<string[]>): Promise<string[]> {
  const query = typeof variable.query === 'string' ? variable.query : ''
  switch (variable.type) {
    case VariableType.Query:
      return run(query)
    case VariableType.Custom:
      return query.split(',')
    default:
      return [query]
  }
}
