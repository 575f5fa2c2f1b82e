import { duration, kafkaSettings, metricsPort, number, postgresSettings } from '@fintech-streams/service'

export const COUNTER_METRICS_PORT = 'COUNTER_METRICS_PORT'

/** The settings of the counter of top senders. */
export const counterSettings = {
  ...postgresSettings,
  ...kafkaSettings,
  commitInterval: duration({ env: 'COUNTER_COMMIT_INTERVAL', default: 200, help: 'between database transactions' }),
  batchRecords: number({
    env: 'COUNTER_BATCH_RECORDS',
    default: 20_000,
    min: 1,
    max: 1_000_000,
    integer: true,
    help: 'records of one database transaction, about',
  }),
  horizon: duration({
    env: 'COUNTER_DUPLICATE_HORIZON',
    default: 86_400_000,
    help: 'event time within which a transaction counts once; what is older does not count',
  }),
  retentionDays: number({
    env: 'COUNTER_RETENTION_DAYS',
    default: 90,
    min: 2,
    max: 1_000,
    integer: true,
    help: 'days whose counts are kept one by one; all time is kept for ever',
  }),
  metricsPort: metricsPort(COUNTER_METRICS_PORT, 9103),
}
