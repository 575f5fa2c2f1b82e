import { type Logger, type ReadinessCheck } from '@fintech-streams/service'
import { type Registry } from 'prom-client'
import { type TokenEntry } from './access/tokens.ts'
import { type ConservationView } from './audit/conservation.ts'
import { type Explainer } from './alerts/evidence.ts'
import { type LiveAlerts } from './alerts/live-alerts.ts'
import { type DashboardReader } from './dashboards/reader.ts'
import { type Database } from '@fintech-streams/postgres'
import { type PipelineView } from '@fintech-streams/monitor'
import { type ScoreSource } from '@fintech-streams/risk-score'
import { type CounterProgress, type TopSendersView } from '@fintech-streams/top-senders'
import { type TopicBrowser } from './topics/browser.ts'

/** What routes are built on. `main.ts` makes the real ones, a test what it needs. */
export interface Dependencies {
  readonly logger: Logger
  readonly registry: Registry
  readonly database: Database
  /** Rolling risk scores. */
  readonly scores: ScoreSource
  readonly topSenders: TopSendersView
  readonly counterProgress: CounterProgress
  readonly pipeline: PipelineView
  /** What rules found, in words. */
  readonly explainer: Explainer
  readonly liveAlerts: LiveAlerts
  readonly dashboards: DashboardReader
  readonly topics: TopicBrowser
  readonly conservation: ConservationView
  /** Where `make chaos` leaves its report. */
  readonly chaosReportFile: string
  /** Undefined as long as the tokens could not be read. */
  readonly tokens: () => ReadonlyMap<string, TokenEntry> | undefined
  readonly checks: readonly ReadinessCheck[]
  /** Aborted when the process begins to stop: it is not ready any more, and answers without an end finish. */
  readonly draining: AbortSignal
  readonly limits: Limits
  /** Whether everybody may do everything as long as no token was ever made. */
  readonly openWithoutTokens: boolean
}

/** Bounds on what one request, and one caller, may take. */
export interface Limits {
  /** Requests a second of one token, or of one address without a token. */
  readonly requestsPerSecond: number
  readonly bodyBytes: number
  /** From the request's first byte to its last. */
  readonly requestMs: number
  /** From the request's arrival to the answer's last byte. */
  readonly handlerMs: number
  /** Above this delay of the event loop requests are refused, so that those under way finish; 0 for no such bound. */
  readonly eventLoopDelayMs: number
}

export const DEFAULT_LIMITS: Limits = {
  requestsPerSecond: 1_000,
  bodyBytes: 64 << 10,
  requestMs: 10_000,
  handlerMs: 10_000,
  eventLoopDelayMs: 1_000,
}
