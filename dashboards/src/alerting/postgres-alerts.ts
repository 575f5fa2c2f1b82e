import { CONNECTORS } from '@fintech-streams/contracts'
import { ALERT_SCORE } from '../dashboard.ts'
import { type PostgresAlert } from './alert.ts'

const VALUE = '{{ printf "%.4g" $values.A.Value }}'

/** What has not happened yet has five minutes from the start of Postgres before it counts as old. */
const AT_START = "pg_postmaster_start_time() + interval '5 minutes'"

/** What Grafana evaluates itself, as only Postgres knows it. */
export const POSTGRES_ALERTS: readonly PostgresAlert[] = [
  {
    uid: 'fraud-rate',
    name: 'FraudRate',
    severity: 'critical',
    lasting: '2m',
    sql: `
select coalesce((
  select count(*) from analytics.fraud_detection
  where verdict <> 'NORMAL' and fraud_score >= ${ALERT_SCORE} and event_time > now() - interval '15 minutes'
)::float8 / nullif((
  select sum(transaction_count) from analytics.dashboard_metrics
  where window_start > now() - interval '15 minutes'
), 0), 0) as rate`,
    above: 0.03,
    summary: 'More than 3 % of the transactions of 15 minutes are alerts',
    description: `The share is ${VALUE}. An attack, or a rule that went wrong: see the verdicts in Fraud Detection.`,
    dashboard: 'fraud-detection',
  },
  {
    uid: 'critical-alerts',
    name: 'CriticalCases',
    severity: 'critical',
    sql: `
select count(*)::float8 as cases
from fraud_alerts
where severity = 'CRITICAL' and status = 'OPEN' and created_at > now() - interval '15 minutes'`,
    above: 20,
    summary: 'Critical cases pile up',
    description: `${VALUE} open cases of severity CRITICAL in 15 minutes (table fraud_alerts).`,
    dashboard: 'fraud-detection',
  },
  {
    uid: 'connector-down',
    name: 'ConnectorDown',
    severity: 'critical',
    lasting: '1m',
    sql: `
select max(extract(epoch from now() - coalesce(beat_at, ${AT_START})))::float8 as age
from unnest(array[${CONNECTORS.map((name) => `'${name}'`).join(', ')}]) as expected (connector)
  left join connector_heartbeats using (connector)`,
    above: 60,
    summary: 'A connector does not beat, or never did',
    description: `The oldest heartbeat is ${VALUE} s old. npx fintech connectors status says which task failed and why.`,
    dashboard: 'pipeline-health',
  },
  {
    uid: 'lost-slots',
    name: 'SlotLost',
    severity: 'critical',
    sql: `
select count(*)::float8 as slots
from pg_replication_slots
where wal_status = 'lost' or invalidation_reason is not null`,
    above: 0,
    summary: 'Postgres has given up a replication slot',
    description: `${VALUE} slots are lost, and what their connectors had not read with them: each connector needs a new snapshot (npx fintech connectors delete --forget, then apply).`,
    dashboard: 'pipeline-health',
  },
  {
    uid: 'retained-wal',
    name: 'RetainedWal',
    severity: 'warning',
    lasting: '5m',
    sql: `
select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)::float8 as bytes
from pg_replication_slots`,
    above: 1 << 30,
    summary: 'Postgres keeps much write-ahead log for a connector',
    description: `${VALUE} bytes. Beyond max_slot_wal_keep_size (4 GB) the slot is lost and its connector needs a new snapshot.`,
    dashboard: 'pipeline-health',
  },
  {
    uid: 'no-data',
    name: 'NoResults',
    severity: 'critical',
    lasting: '1m',
    sql: `
select extract(epoch from now() - coalesce(max(window_end), ${AT_START}))::float8 as age
from analytics.dashboard_metrics`,
    above: 300,
    summary: 'No window of a minute has closed for five',
    description: `The newest one ended ${VALUE} s ago. Nothing is written, or it does not come through: see Pipeline Health.`,
    dashboard: 'pipeline-health',
  },
]
