import { type Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { promqlNow, type Query, sqlTable } from '../datasources.ts'
import { type PostgresAlert } from './alert.ts'
import { POSTGRES_ALERTS } from './postgres-alerts.ts'

/** How far back Grafana says that a query looks; each says it itself. */
const LOOKS_BACK_SECONDS = 900
/** Uids of rules that Prometheus evaluates now: Grafana keeps what nobody tells it to delete. */
const DELETED = ['lag', 'conservation']

/**
 * What Prometheus evaluates, passed on to whom Grafana tells: Prometheus itself tells nobody. The alert's name and labels
 * are the labels of the instance.
 */
const FROM_PROMETHEUS = {
  uid: 'prometheus',
  title: 'Prometheus',
  query: promqlNow(
    'max without (alertname, alertstate) (label_join(ALERTS{alertstate="firing"}, "alert", "", "alertname"))',
  ),
  above: 0,
  lasting: '0s',
  whenEmpty: 'OK',
  labels: {},
  annotations: {
    summary: '{{ $labels.alert }} fires in Prometheus',
    description:
      'What it means and what to do stands beside the alert in Prometheus, and in docker/prometheus/rules.yml.',
    __dashboardUid__: 'pipeline-health',
  },
} as const

/** The file of alert rules, in the form of Grafana's provisioning. */
export const grafanaRules = (): object => ({
  apiVersion: 1,
  deleteRules: DELETED.map((uid) => ({ orgId: 1, uid })),
  groups: [
    {
      orgId: 1,
      name: 'fintech-streams',
      folder: 'Fintech Streams',
      interval: '1m',
      rules: [provisioned(FROM_PROMETHEUS), ...POSTGRES_ALERTS.map((alert) => provisioned(ruleOf(alert)))],
    },
  ],
})

interface Rule {
  readonly uid: string
  readonly title: string
  readonly query: Query
  readonly above: number
  readonly lasting: string
  /** What a query without rows means: that nothing is wrong, or that the query is. */
  readonly whenEmpty: 'OK' | 'NoData'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const ruleOf = ({ uid, name, sql, above, lasting = '0s', ...alert }: PostgresAlert): Rule => ({
  uid,
  title: name,
  query: sqlTable(sql),
  above,
  lasting,
  whenEmpty: 'NoData',
  labels: { severity: alert.severity },
  annotations: { summary: alert.summary, description: alert.description, __dashboardUid__: alert.dashboard },
})

function provisioned({ uid, title, query, above, lasting, whenEmpty, labels, annotations }: Rule): object {
  const expression = { type: '__expr__', uid: '__expr__' }
  const model: Dataquery = query.target('A').build()
  return {
    uid,
    title,
    condition: 'B',
    data: [
      {
        refId: 'A',
        relativeTimeRange: { from: LOOKS_BACK_SECONDS, to: 0 },
        datasourceUid: query.source.uid,
        model,
      },
      {
        refId: 'B',
        relativeTimeRange: { from: 0, to: 0 },
        datasourceUid: expression.uid,
        model: {
          refId: 'B',
          datasource: expression,
          type: 'threshold',
          expression: 'A',
          conditions: [{ evaluator: { type: 'gt', params: [above] } }],
        },
      },
    ],
    for: lasting,
    noDataState: whenEmpty,
    execErrState: 'Error',
    labels,
    annotations,
    isPaused: false,
  }
}
