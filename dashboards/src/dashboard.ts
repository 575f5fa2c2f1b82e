import {
  type AnnotationQuery,
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { type Builder } from '@grafana/grafana-foundation-sdk/cog'
import { POSTGRES, sqlTable } from './datasources.ts'
import { panelOf, type PanelValue } from './panel.ts'
import { type Variable } from './variables.ts'

/** Dashboards with this tag link to each other. */
const TAG = 'fintech-streams'

/** One dashboard, whole. */
export interface DashboardValue {
  /** Also the name of its file, and its address in Grafana and the console. */
  readonly uid: string
  readonly title: string
  readonly description: string
  /** Panels by the heading above them. A line of the grid has 24 columns, which its panels fill. */
  readonly rows: Readonly<Record<string, readonly PanelValue[]>>
  readonly variables?: readonly Variable[]
  readonly annotations?: readonly Builder<AnnotationQuery>[]
  /** Where the range begins that is shown first. */
  readonly since?: string
  readonly refresh?: string
}

/** The dashboard as Grafana reads it: in UTC, read only, with links to the others that keep the time range. */
export function dashboardOf(value: DashboardValue): Dashboard {
  const { uid, title, description, rows, variables = [], annotations = [], since = 'now-3h', refresh = '30s' } = value
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone('utc')
    .time({ from: since, to: 'now' })
    .refresh(refresh)
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .variables([...variables])
    .annotations([...annotations])
    .link(
      new DashboardLinkBuilder('Dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true),
    )
  for (const [heading, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(heading))
    for (const panel of panels) builder.withPanel(panelOf(panel))
  }
  const built = builder.build()
  // Fixed numbers: links to a panel last.
  built.panels?.forEach((one, index) => (one.id = index + 1))
  return built
}

/** A verdict of this score or more is an alert: the amount, the frequency or the place, but not the hour alone. */
export const ALERT_SCORE = 0.6

/** Alerts as marks on every chart over time: the latest 200 of the range. */
export const fraudAlerts: Builder<AnnotationQuery> = new AnnotationQueryBuilder()
  .name('Fraud alerts')
  .datasource(POSTGRES)
  .enable(true)
  .hide(false)
  .iconColor('red')
  .target(
    sqlTable(`
select event_time as time, verdict || ' $' || amount_usd || ', customer ' || customer_id as text, verdict as tags
from analytics.fraud_detection
where verdict <> 'NORMAL' and fraud_score >= ${ALERT_SCORE} and $__timeFilter(event_time)
order by event_time desc
limit 200`).target('Alerts'),
  )
