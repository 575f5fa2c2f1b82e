import { alertRoutes } from './alerts/routes.ts'
import { auditRoutes } from './audit/routes.ts'
import { customerRoutes } from './customers/routes.ts'
import { dashboardRoutes } from './dashboards/routes.ts'
import { healthRoutes } from './health/routes.ts'
import { indexRoutes } from './indexes/routes.ts'
import { pipelineRoutes } from './pipeline/routes.ts'
import { riskScoreRoutes } from './risk-score/routes.ts'
import { type Routes } from './route.ts'
import { topSendersRoutes } from './top-senders/routes.ts'
import { topicRoutes } from './topics/routes.ts'
import { transactionRoutes } from './transactions/routes.ts'

/** Every subject of the API by name. A new one is a folder with its `routes.ts` and a line here. */
export const ROUTES: Readonly<Record<string, Routes>> = {
  alerts: alertRoutes,
  audit: auditRoutes,
  customers: customerRoutes,
  dashboards: dashboardRoutes,
  health: healthRoutes,
  indexes: indexRoutes,
  pipeline: pipelineRoutes,
  riskScore: riskScoreRoutes,
  topSenders: topSendersRoutes,
  topics: topicRoutes,
  transactions: transactionRoutes,
}
