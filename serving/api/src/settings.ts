import { join } from 'node:path'
import {
  connectSettings,
  duration,
  kafkaSettings,
  number,
  port,
  postgresSettings,
  redisSettings,
  text,
  toggle,
} from '@fintech-streams/service'
import { DEFAULT_LIMITS } from './dependencies.ts'

export const API_PORT = 'API_PORT'

/** Where a program serves its metrics. */
const metricsUrl = (program: string, port: number) =>
  text({
    env: `${program.toUpperCase()}_METRICS_URL`,
    default: `http://localhost:${port}`,
    takes: 'urls',
    help: `where ${program} serves its metrics; several, separated by commas, or a name with several addresses`,
  })

/** The settings of the API. */
export const apiSettings = {
  ...postgresSettings,
  ...kafkaSettings,
  host: text({ env: 'API_HOST', default: '127.0.0.1', takes: 'address', help: 'address to listen on' }),
  port: port({ env: API_PORT, default: 8081, help: 'port to listen on' }),
  postgresConnections: number({
    env: 'API_POSTGRES_CONNECTIONS',
    default: 10,
    min: 1,
    max: 1_000,
    integer: true,
    help: 'connections to Postgres, at most',
  }),
  tokensFile: text({
    env: 'API_TOKENS_FILE',
    default: undefined,
    takes: 'path',
    help: 'file of tokens; without it they are in the table serving.tokens',
  }),
  openWithoutTokens: toggle({
    env: 'API_OPEN_WITHOUT_TOKENS',
    help: 'as long as no token was ever made, everybody may do everything: for the demo on one machine',
  }),
  requestsPerSecond: number({
    env: 'API_REQUESTS_PER_SECOND',
    default: DEFAULT_LIMITS.requestsPerSecond,
    min: 1,
    integer: true,
    help: 'of one token, or of one address without a token',
  }),
  instance: text({
    env: 'API_INSTANCE',
    default: undefined,
    takes: 'name',
    help: 'names it among the instances that share Redis, the same after a restart; by default host and port',
  }),
  ...redisSettings,
  ...connectSettings,
  processorMetricsUrl: metricsUrl('processor', 9101),
  sinkMetricsUrl: metricsUrl('sink', 9102),
  auditMetricsUrl: metricsUrl('audit', 9106),
  counterMetricsUrl: metricsUrl('counter', 9103),
  lakeMetricsUrl: metricsUrl('lake', 9104),
  nightlyMetricsUrl: metricsUrl('nightly', 9105),
  rules: text({
    env: 'PROCESSOR_RULES',
    default: undefined,
    takes: 'file',
    help: 'the processor’s rules document, for the thresholds that alerts are shown with',
  }),
  grafanaPassword: text({
    env: 'GRAFANA_DB_PASSWORD',
    default: 'grafana',
    takes: 'secret',
    help: 'password of the database role grafana, as which dashboards are read',
  }),
  prometheusUrl: text({
    env: 'PROMETHEUS_URL',
    default: undefined,
    takes: 'url',
    help: 'where Prometheus is; without it panels on metrics say that they need it',
  }),
  chaosReport: text({
    env: 'CHAOS_REPORT',
    default: join(import.meta.dirname, '../../../.data/chaos/report.json'),
    takes: 'file',
    help: 'the report that make chaos writes',
  }),
  drainDelay: duration({
    env: 'API_DRAIN_DELAY',
    default: 0,
    help: 'on SIGTERM, how long to answer on while /readyz says no, so that load balancers notice',
  }),
}
