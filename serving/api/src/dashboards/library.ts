import { dashboards, initialValues, variableOptions, type VariableValues } from '@fintech-streams/dashboards'
import { Problem } from '@fintech-streams/service'
import { type DashboardList, type PanelRequest, type Variable } from './schema.ts'

export type DashboardModel = ReturnType<typeof dashboards>[number]
type VariableModel = NonNullable<DashboardModel['templating']['list']>[number]

/** How long what a variable can be is taken for true: every panel of a dashboard asks for it. */
const KNOWN_FOR_MS = 15_000

interface Known {
  readonly atMs: number
  readonly options: Promise<Map<string, string[]>>
}

/** The dashboards, and what their variables can be. */
export class Library {
  /** As Grafana reads them: plain JSON. */
  readonly #dashboards = new Map(
    dashboards().map((dashboard) => {
      const plain = JSON.parse(JSON.stringify(dashboard)) as DashboardModel
      return [plain.uid ?? '', plain]
    }),
  )
  readonly #known = new Map<string, Known>()
  readonly #firstColumn: (sql: string) => Promise<string[]>

  /** @param firstColumn of the rows that a query finds, as text. */
  constructor(firstColumn: (sql: string) => Promise<string[]>) {
    this.#firstColumn = firstColumn
  }

  list(): DashboardList['dashboards'] {
    return [...this.#dashboards].map(([uid, { title = uid, description = '', panels = [] }]) => ({
      uid,
      title,
      description,
      panels: panels.filter(({ type }) => type !== 'row').length,
    }))
  }

  /** @throws Problem `not_found` */
  get(uid: string): DashboardModel {
    const found = this.#dashboards.get(uid)
    if (found === undefined) throw new Problem('not_found', `there is no dashboard ${uid}: /v1/dashboards lists them`)
    return found
  }

  async variables(dashboard: DashboardModel): Promise<Variable[]> {
    const options = await this.#options(dashboard)
    const initial = await this.#initial(dashboard)
    return (dashboard.templating.list ?? []).map((variable) => ({
      name: variable.name,
      label: variable.label ?? variable.name,
      kind: kindOf(variable),
      multi: variable.multi ?? false,
      options: options.get(variable.name) ?? [],
      values: [initial[variable.name] ?? []].flat(),
    }))
  }

  /** Values for every variable: the given ones, and for the others what they are at first. */
  async valuesOf(dashboard: DashboardModel, given: PanelRequest['variables'] = {}): Promise<VariableValues> {
    const initial = Object.keys(given).length === 0 || !hasAll(dashboard, given) ? await this.#initial(dashboard) : {}
    const values = Object.entries({ ...initial, ...given }).map(([name, value]): [string, string | string[]] => {
      const list = [value].flat()
      // None chosen matches nothing, and an empty list would be no SQL.
      return [name, list.length === 0 ? [''] : list]
    })
    return Object.fromEntries(values)
  }

  async #initial(dashboard: DashboardModel): Promise<VariableValues> {
    const options = await this.#options(dashboard)
    // The options are known: what they were found by is not run again.
    const bySql = new Map(
      (dashboard.templating.list ?? []).map(({ name, query }) => [
        typeof query === 'string' ? query : '',
        options.get(name) ?? [],
      ]),
    )
    return initialValues(dashboard, async (sql) => bySql.get(sql) ?? [])
  }

  #options(dashboard: DashboardModel): Promise<Map<string, string[]>> {
    const uid = dashboard.uid ?? ''
    const known = this.#known.get(uid)
    if (known !== undefined && performance.now() - known.atMs < KNOWN_FOR_MS) return known.options
    const options = variableOptions(dashboard, this.#firstColumn)
    this.#known.set(uid, { atMs: performance.now(), options })
    // What failed is asked again by the next one.
    options.catch(() => this.#known.delete(uid))
    return options
  }
}

const hasAll = ({ templating }: DashboardModel, given: NonNullable<PanelRequest['variables']>): boolean =>
  (templating.list ?? []).every(({ name }) => given[name] !== undefined)

function kindOf(variable: VariableModel): Variable['kind'] {
  const type: string = variable.type
  if (type === 'constant') return 'constant'
  return type === 'textbox' ? 'text' : 'choice'
}
