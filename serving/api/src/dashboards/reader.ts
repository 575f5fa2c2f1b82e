import { DAY_MS } from '@fintech-streams/contracts'
import {
  expand,
  ExpandError,
  expandPromql,
  intervalOf,
  panelQueries,
  type PanelQuery,
  type QueryContext,
} from '@fintech-streams/dashboards'
import { type Database, isDataError, isState, QUERY_CANCELED } from '@fintech-streams/postgres'
import { Problem, unavailable } from '@fintech-streams/service'
import { type DashboardModel, Library } from './library.ts'
import { type Prometheus } from './prometheus.ts'
import { linesResult, rowsResult, type Found } from './results.ts'
import { type PanelResponse, type PanelRequest, type QueryResult } from './schema.ts'
import { Semaphore } from '../http/semaphore.ts'

const RANGE_MAX_MS = 366 * DAY_MS
/** More than a chart or a table of the dashboards has. */
const ROWS_MAX = 20_000

/** Connections that dashboards may take, and queries that may wait for one: more than the largest dashboard has. */
export const DASHBOARD_CONNECTIONS = 4
const WAITING_MAX = 200

/**
 * Draws from the committed queries of the dashboards, and from nothing else: who asks chooses a panel, a range and values
 * of its variables, which are quoted. The database's role can only read what dashboards show.
 */
export class DashboardReader {
  readonly #database: Database
  readonly #prometheus: Prometheus | undefined
  readonly #semaphore = new Semaphore(DASHBOARD_CONNECTIONS, WAITING_MAX)
  readonly library: Library

  /** @param database as a role that can only read. */
  constructor(database: Database, prometheus: Prometheus | undefined) {
    this.#database = database
    this.#prometheus = prometheus
    this.library = new Library(async (sql) => {
      const { rows } = await this.#sql(sql)
      return rows.map(([value]) => String(value))
    })
  }

  /** @throws Problem `not_found` for an unknown panel, `unprocessable` when its queries cannot be answered as asked. */
  async panel(dashboard: DashboardModel, panelId: number, request: PanelRequest): Promise<PanelResponse> {
    const panel = dashboard.panels?.find(({ id, type }) => id === panelId && type !== 'row')
    if (panel === undefined) throw new Problem('not_found', `this dashboard has no panel ${panelId}`)
    const queries = panelQueries(dashboard).filter((query) => query.panel === panel)
    const range = rangeOf(request)
    const variables = await this.library.valuesOf(dashboard, request.variables)
    const results = await Promise.all(
      queries.map(async (query) => this.#result(query, { ...range, variables, intervalMs: stepOf(query, range) })),
    )
    if (queries.length === 0) results.push({ kind: 'missing', ref_id: 'A', needs: 'Kafka' })
    return { step_ms: queries[0] === undefined ? 0 : stepOf(queries[0], range), results }
  }

  /** The marks of a dashboard: an annotation's query gives a time and a text. @throws Problem as {@link panel}. */
  async annotations(dashboard: DashboardModel, request: PanelRequest): Promise<{ time_ms: number; text: string }[]> {
    const range = rangeOf(request)
    const variables = await this.library.valuesOf(dashboard, request.variables)
    const found = await Promise.all(
      annotationQueries(dashboard).map(async (sql) =>
        rowsResult('', await this.#sql(expanded(() => expand(sql, { ...range, variables, intervalMs: 1_000 })))),
      ),
    )
    return found.flatMap(({ rows }) => rows.map(([time, text]) => ({ time_ms: Number(time), text: String(text) })))
  }

  async #result(query: PanelQuery, context: QueryContext): Promise<QueryResult> {
    const { refId, language, format, legend } = query
    if (language === 'sql') {
      const found = await this.#sql(expanded(() => expand(query.query, context)))
      return format === 'time_series' ? linesResult(refId, found) : rowsResult(refId, found)
    }
    if (this.#prometheus === undefined) return { kind: 'missing', ref_id: refId, needs: 'Prometheus' }
    const expr = expanded(() => expandPromql(query.query, context))
    if (format === 'table') return this.#prometheus.at(refId, expr, context.to)
    return this.#prometheus.range(refId, {
      expr,
      from: context.from,
      to: context.to,
      stepMs: context.intervalMs,
      legend,
    })
  }

  async #sql(text: string): Promise<Found> {
    const found = await this.#semaphore.run(() =>
      this.#database.withClient(async (client) => {
        try {
          return await client.query<unknown[]>({ text, rowMode: 'array' })
        } catch (error) {
          throw refusalOf(error) ?? error
        }
      }),
    )
    if (found.rows.length > ROWS_MAX) throw new Problem('unprocessable', `more than ${ROWS_MAX} rows: narrow the range`)
    return found
  }
}

const stepOf = ({ pointsMax, stepMinMs }: PanelQuery, { from, to }: { from: Date; to: Date }): number =>
  intervalOf(from, to, pointsMax, stepMinMs)

function rangeOf({ from, to }: PanelRequest): { from: Date; to: Date } {
  if (to <= from) throw new Problem('unprocessable', 'the range must end after it begins')
  if (to - from > RANGE_MAX_MS) throw new Problem('unprocessable', 'the range is longer than a year: narrow it')
  return { from: new Date(from), to: new Date(to) }
}

function annotationQueries({ annotations }: DashboardModel): string[] {
  return (annotations.list ?? []).flatMap(({ enable, target }) => {
    const { rawSql } = (target ?? {}) as { rawSql?: string }
    return enable && rawSql !== undefined ? [rawSql] : []
  })
}

function expanded(expand: () => string): string {
  try {
    return expand()
  } catch (error) {
    if (error instanceof ExpandError) throw new Problem('unprocessable', error.message, { cause: error })
    throw error
  }
}

/** What the database's refusal means to whoever looks; undefined when it is none, but an outage or a bug. */
function refusalOf(error: unknown): Problem | undefined {
  if (isState(error, QUERY_CANCELED)) return unavailable('the query takes too long: choose a shorter range', error)
  // A value of a variable that is no UUID, for one.
  return isDataError(error)
    ? new Problem('unprocessable', `Postgres refuses a value: ${error.message}`, { cause: error })
    : undefined
}
