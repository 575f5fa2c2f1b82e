import { RULES_FILE } from '@fintech-streams/jobs'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { buildApp } from '../app.ts'
import { ConservationView } from '../audit/conservation.ts'
import { Explainer } from '../alerts/evidence.ts'
import { LiveAlerts } from '../alerts/live-alerts.ts'
import { type Role } from '../access/roles.ts'
import { newToken, type TokenEntry } from '../access/tokens.ts'
import { DashboardReader } from '../dashboards/reader.ts'
import { Database } from '@fintech-streams/postgres'
import { DEFAULT_LIMITS, type Dependencies, type Limits } from '../dependencies.ts'
import { PipelineView } from '@fintech-streams/monitor'
import { type ScoreSource, ScoresUnavailable } from '@fintech-streams/risk-score'
import { type Api } from '../route.ts'
import { CounterProgress, SenderQueries, TopSendersView } from '@fintech-streams/top-senders'
import { TopicBrowser } from '../topics/browser.ts'

/** A port on which nothing listens: whoever asks there is refused at once. (fetch itself refuses port 1.) */
const NO_SERVER_PORT = 2

const NO_SERVER = `http://127.0.0.1:${NO_SERVER_PORT}`

/** A platform of which no part is there. */
const NO_PLATFORM = {
  kafka: { clientId: 'test', bootstrapBrokers: [`127.0.0.1:${NO_SERVER_PORT}`] },
  connectUrl: NO_SERVER,
  programs: { processor: [NO_SERVER], sink: [NO_SERVER], counter: [NO_SERVER], audit: [], lake: [], nightly: [] },
}

/** Scores of nobody, as long as their feed is not there. */
const NO_SCORES: ScoreSource = {
  state: { ready: false, detail: 'no feed' },
  read: () => Promise.reject(new ScoresUnavailable('no feed')),
  close: () => Promise.resolve(),
}

/** The bounds of the real API, but that it takes requests however busy the machine of the test is. */
export const TEST_LIMITS: Limits = { ...DEFAULT_LIMITS, eventLoopDelayMs: 0 }

export interface TestApp {
  readonly app: Api
  readonly dependencies: Dependencies
  /** The header that lets a caller with these roles in. */
  readonly bearer: (...roles: Role[]) => { authorization: string }
  readonly drain: AbortController
}

/** The real API on a database that cannot be reached, unless others are given. Closed by the test. */
export async function testApp(given: Partial<Dependencies> = {}): Promise<TestApp> {
  const drain = new AbortController()
  const entries = new Map<string, TokenEntry>()
  const logger = pino({ level: 'silent' })
  const registry = new Registry()
  const database = given.database ?? new Database({ host: '127.0.0.1', port: NO_SERVER_PORT }, logger)
  const counterProgress = new CounterProgress(database, registry)
  const explainer = new Explainer(RULES_FILE)
  const dependencies: Dependencies = {
    logger,
    registry,
    database,
    scores: NO_SCORES,
    counterProgress,
    topSenders: new TopSendersView(new SenderQueries(database), counterProgress),
    explainer,
    liveAlerts: new LiveAlerts({ connection: NO_PLATFORM.kafka, explainer, logger }),
    pipeline: new PipelineView({ ...NO_PLATFORM, database, registry, checks: [] }),
    dashboards: new DashboardReader(database, undefined),
    topics: new TopicBrowser(NO_PLATFORM.kafka, database),
    conservation: new ConservationView({
      postgres: { host: '127.0.0.1', port: NO_SERVER_PORT },
      kafka: NO_PLATFORM.kafka,
      database,
      logger,
    }),
    chaosReportFile: '/nonexistent/report.json',
    tokens: () => entries,
    checks: [],
    draining: drain.signal,
    limits: TEST_LIMITS,
    openWithoutTokens: false,
    ...given,
  }
  const bearer = (...roles: Role[]): { authorization: string } => {
    const { text, entry } = newToken(roles.join('+'), roles, undefined)
    entries.set(entry.id, entry)
    return { authorization: `Bearer ${text}` }
  }
  return { app: await buildApp(dependencies), dependencies, bearer, drain }
}
