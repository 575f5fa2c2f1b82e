import { type Dashboard, type Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { PROMETHEUS, POSTGRES } from './datasources.ts'
import { parseIntervalMs } from './expand.ts'

/** One target of a panel, with what its step follows from ({@link intervalOf}). */
export interface PanelQuery {
  readonly panel: Panel
  readonly refId: string
  readonly language: 'sql' | 'promql'
  /** Not expanded. */
  readonly query: string
  /** SQL: columns `time`, `metric` if there are several lines, and values; or rows as they are. PromQL: a range or now. */
  readonly format: 'time_series' | 'table'
  readonly legend: string | undefined
  readonly pointsMax: number
  readonly stepMinMs: number
}

/** What Grafana takes where a panel says nothing: about the pixels of its width. */
const POINTS_MAX = 1_000

interface Target {
  readonly refId: string
  readonly datasource: { readonly type: string }
  readonly rawSql?: string
  readonly format?: string
  readonly expr?: string
  readonly range?: boolean
  readonly legendFormat?: string
}

/** Every query of a dashboard on Postgres or Prometheus; those on Kafka stream and are nobody's to ask. */
export function panelQueries(dashboard: Dashboard): PanelQuery[] {
  const panels = (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row')
  return panels.flatMap((panel) =>
    ((panel.targets ?? []) as unknown as Target[]).flatMap((target) => {
      const query = target.rawSql ?? target.expr
      const language = { [POSTGRES.type]: 'sql', [PROMETHEUS.type]: 'promql' }[target.datasource.type]
      if (query === undefined || (language !== 'sql' && language !== 'promql')) return []
      const overTime = target.format === 'time_series' || target.range === true
      return {
        panel,
        refId: target.refId,
        language,
        query,
        format: overTime ? ('time_series' as const) : ('table' as const),
        legend: target.legendFormat,
        pointsMax: panel.maxDataPoints ?? POINTS_MAX,
        stepMinMs: panel.interval === undefined ? 1 : parseIntervalMs(panel.interval),
      }
    }),
  )
}
