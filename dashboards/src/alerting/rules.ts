import { type Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { ALERT_SCORE } from '../dashboard.ts'
import { promqlNow, type Query, sqlTable } from '../datasources.ts'

/** A rule of Grafana's: one number, and the bound above which it alerts. */
export interface AlertRule {
  readonly uid: string
  readonly title: string
  readonly summary: string
  /** What it means and what to do; `{{ $values.A.Value }}` is the number. */
  readonly description: string
  readonly severity: 'warning' | 'critical'
  readonly query: Query
  readonly above: number
  /** How long it must be above. */
  readonly lasting: string
  /** What a query without rows means: nothing wrong, or that nobody measures. */
  readonly whenEmpty: 'OK' | 'Alerting'
  /** Where to look further. */
  readonly dashboard: string
}

const VALUE = '{{ printf "%.4g" $values.A.Value }}'

export const ALERT_RULES: readonly AlertRule[] = [
  {
    uid: 'fraud-rate',
    title: 'Fraud rate',
    summary: 'More than 3 % of the transactions of 15 minutes are alerts',
    description: `The share is ${VALUE}. An attack, or a rule that went wrong: see the verdicts in Fraud Detection.`,
    severity: 'critical',
    query: sqlTable(`
select (
  select count(*) from analytics.fraud_detection
  where verdict <> 'NORMAL' and fraud_score >= ${ALERT_SCORE} and event_time > now() - interval '15 minutes'
)::float8 / nullif((
  select sum(transaction_count) from analytics.dashboard_metrics
  where window_start > now() - interval '15 minutes'
), 0) as rate`),
    above: 0.03,
    lasting: '2m',
    whenEmpty: 'OK',
    dashboard: 'fraud-detection',
  },
  {
    uid: 'critical-alerts',
    title: 'Critical cases',
    summary: 'Critical cases pile up',
    description: `${VALUE} open cases of severity CRITICAL in 15 minutes (table fraud_alerts).`,
    severity: 'critical',
    query: sqlTable(`
select count(*)::float8 as cases
from fraud_alerts
where severity = 'CRITICAL' and status = 'OPEN' and created_at > now() - interval '15 minutes'`),
    above: 20,
    lasting: '0s',
    whenEmpty: 'OK',
    dashboard: 'fraud-detection',
  },
  {
    uid: 'connector-down',
    title: 'Connector down',
    summary: 'A connector does not beat',
    description: `The oldest heartbeat is ${VALUE} s old. npx fintech connectors status says which task failed and why.`,
    severity: 'critical',
    query: sqlTable(`
select max(extract(epoch from now() - beat_at))::float8 as age
from connector_heartbeats`),
    above: 60,
    lasting: '1m',
    whenEmpty: 'OK',
    dashboard: 'pipeline-health',
  },
  {
    uid: 'lag',
    title: 'Lag',
    summary: 'Records wait in Kafka',
    description: `${VALUE} records wait for the processor or the sink: run more processors (PROCESSOR_WORKERS).`,
    severity: 'warning',
    query: promqlNow('sum(processor_lag_records) + sum(sink_lag_records)'),
    above: 10_000,
    lasting: '5m',
    whenEmpty: 'Alerting',
    dashboard: 'pipeline-health',
  },
  {
    uid: 'retained-wal',
    title: 'Retained WAL',
    summary: 'Postgres keeps much write-ahead log for a connector',
    description: `${VALUE} bytes. Beyond max_slot_wal_keep_size (4 GB) the slot is lost and its connector needs a new snapshot.`,
    severity: 'warning',
    query: sqlTable(`
select max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::float8 as bytes
from pg_replication_slots`),
    above: 1 << 30,
    lasting: '5m',
    whenEmpty: 'OK',
    dashboard: 'pipeline-health',
  },
  {
    uid: 'no-data',
    title: 'No data',
    summary: 'No window of a minute has closed for five',
    description: `The newest one ended ${VALUE} s ago. Nothing is written, or it does not come through: see Pipeline Health.`,
    severity: 'critical',
    query: sqlTable(`
select extract(epoch from now() - max(window_end))::float8 as age
from analytics.dashboard_metrics`),
    above: 300,
    lasting: '1m',
    whenEmpty: 'Alerting',
    dashboard: 'pipeline-health',
  },
  {
    uid: 'conservation',
    title: 'Conservation broken',
    summary: 'What went in is not what came out',
    description: `The difference is ${VALUE}. npx fintech audit names the check: transactions or amounts were lost or doubled.`,
    severity: 'critical',
    query: promqlNow('max(abs(fintech_conservation_difference))'),
    above: 0,
    lasting: '1m',
    whenEmpty: 'OK',
    dashboard: 'pipeline-health',
  },
]

/** How far back Grafana says that a query looks; each says it itself. */
const LOOKS_BACK_SECONDS = 900

/** The file of alert rules, in the form of Grafana's provisioning. */
export const ruleGroups = (): object => ({
  apiVersion: 1,
  groups: [
    {
      orgId: 1,
      name: 'fintech-streams',
      folder: 'Fintech Streams',
      interval: '1m',
      rules: ALERT_RULES.map(provisioned),
    },
  ],
})

function provisioned(rule: AlertRule): object {
  const { uid, title, summary, description, severity, query, above, lasting, whenEmpty, dashboard } = rule
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
    labels: { severity },
    annotations: { summary, description, __dashboardUid__: dashboard },
    isPaused: false,
  }
}
