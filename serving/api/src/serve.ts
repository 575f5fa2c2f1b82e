import { once } from 'node:events'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, OperatingError, type Values } from '@fintech-streams/service'
import { RULES_FILE } from '@fintech-streams/jobs'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { Explainer } from './alerts/evidence.ts'
import { LiveAlerts } from './alerts/live-alerts.ts'
import { TokenFile } from './access/token-file.ts'
import { CurrentTokens } from './access/token-source.ts'
import { TokenTable } from './access/token-table.ts'
import { buildApp } from './app.ts'
import { ConservationView } from './audit/conservation.ts'
import { Prometheus } from './dashboards/prometheus.ts'
import { DASHBOARD_CONNECTIONS, DashboardReader } from './dashboards/reader.ts'
import { kafkaConnection, requireKafkaAccess } from '@fintech-streams/kafka'
import { Database, type PostgresConnection, postgresConnection, requirePostgresAccess } from '@fintech-streams/postgres'
import { DEFAULT_LIMITS, type Dependencies } from './dependencies.ts'
import { PipelineView, type ProgramAddresses } from '@fintech-streams/monitor'
import { openScores, redisAddress } from '@fintech-streams/risk-score'
import { type Api } from './route.ts'
import { API_PORT, type apiSettings } from './settings.ts'
import { CounterProgress, SenderQueries, TopSendersView } from '@fintech-streams/top-senders'
import { TopicBrowser } from './topics/browser.ts'

const TOKENS_EVERY_MS = 2_000
/** How long requests in flight may take after the process is asked to stop. */
const DRAIN_WITHIN_MS = 10_000
/** What is in the middle of talking to a Kafka or Redis that goes away has no bound of its own. Nothing of it is kept. */
const CLOSE_WITHIN_MS = 10_000

/**
 * Serves the API until the signal. Then it says at `/readyz` that it stops, waits as long as the setting says, takes no
 * further connection, and ends when the requests under way are answered.
 */
export async function serve(values: Values<typeof apiSettings>, logger: Logger, signal: AbortSignal): Promise<void> {
  const stopped = new AbortController()
  const postgres = postgresConnection(values)
  const kafka = kafkaConnection(values, 'fintech-serving')
  const redis = redisAddress(values)
  await Promise.all([requireKafkaAccess(kafka), requirePostgresAccess(postgres)])
  const database = new Database({ ...postgres, max: values.postgresConnections }, logger)
  const dashboardDatabase = new Database(dashboardConfig(postgres, values.grafanaPassword), logger)
  const source = values.tokensFile === undefined ? new TokenTable(database) : new TokenFile(values.tokensFile)
  const tokens = new CurrentTokens(source, logger)
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counterProgress = new CounterProgress(database, registry)
  const scores = openScores({
    connection: kafka,
    redis,
    instance: values.instance ?? `${hostname()}-${values.port}`,
    logger,
    registry,
  })
  const explainer = new Explainer(values.rules ?? RULES_FILE)
  const checks = [
    { name: 'postgres', state: () => database.state },
    { name: 'tokens', state: () => tokens.state },
    { name: 'risk_scores', state: () => scores.state },
    { name: 'top_senders', state: () => counterProgress.state },
  ]
  const topics = new TopicBrowser(kafka, database)
  const dependencies: Dependencies = {
    logger,
    registry,
    database,
    scores,
    counterProgress,
    topSenders: new TopSendersView(new SenderQueries(database), counterProgress),
    tokens: () => tokens.entries,
    pipeline: new PipelineView({
      kafka,
      connectUrl: `http://${values.connectHost}:${values.connectPort}`,
      programs: programAddresses(values),
      database,
      registry,
      checks,
    }),
    explainer,
    liveAlerts: new LiveAlerts({ connection: kafka, explainer, logger }),
    checks,
    dashboards: new DashboardReader(
      dashboardDatabase,
      values.prometheusUrl === undefined ? undefined : new Prometheus(values.prometheusUrl),
    ),
    topics,
    conservation: new ConservationView({
      postgres: { ...postgres, application_name: 'serving audit' },
      kafka,
      database,
      logger,
    }),
    chaosReportFile: values.chaosReport,
    draining: signal,
    limits: { ...DEFAULT_LIMITS, requestsPerSecond: values.requestsPerSecond },
    openWithoutTokens: values.openWithoutTokens,
  }
  const background = [
    database.watch(stopped.signal),
    dashboardDatabase.watch(stopped.signal),
    tokens.follow(TOKENS_EVERY_MS, stopped.signal),
    counterProgress.follow(stopped.signal),
    dependencies.pipeline.watch(stopped.signal),
  ]
  try {
    const app = await buildApp(dependencies)
    await listen(app, values)
    if (!signal.aborted) await once(signal, 'abort')
    logger.info('stopping')
    await sleep(values.drainDelay)
    await closeWithin(app, DRAIN_WITHIN_MS)
  } finally {
    stopped.abort()
    const closed = Promise.allSettled([...background, scores.close()]).then(() => true)
    const inTime = await Promise.race([closed, sleep(CLOSE_WITHIN_MS, false, { ref: false })])
    if (!inTime) logger.warn('the risk scores do not close in time: ending without')
    await Promise.all([database.close(), dashboardDatabase.close(), topics.close()])
    // Reached only where a connection that was given up keeps the process.
    setTimeout(() => process.exit(), CLOSE_WITHIN_MS).unref()
  }
}

function programAddresses(values: Values<typeof apiSettings>): ProgramAddresses {
  const urls = (list: string): string[] => list.split(',').map((url) => url.trim().replace(/\/$/, ''))
  return {
    processor: urls(values.processorMetricsUrl),
    sink: urls(values.sinkMetricsUrl),
    audit: urls(values.auditMetricsUrl),
    counter: urls(values.counterMetricsUrl),
    lake: urls(values.lakeMetricsUrl),
    nightly: urls(values.nightlyMetricsUrl),
  }
}

/** As Grafana's role, which can only read what dashboards show; and nothing is written, whatever a query says. */
const dashboardConfig = (postgres: PostgresConnection, password: string) => ({
  ...postgres,
  user: 'grafana',
  password,
  max: DASHBOARD_CONNECTIONS,
  options: '-c default_transaction_read_only=on',
})

async function listen(app: Api, { host, port }: Values<typeof apiSettings>): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new OperatingError('port_in_use', `port ${port} is in use: set ${API_PORT} to a free one`, error)
  }
}

async function closeWithin(app: Api, withinMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), withinMs)
  await app.close()
  clearTimeout(timer)
}
