import { type Transaction } from '@fintech-streams/contracts'
import { type Job } from '@fintech-streams/engine'
import { anomalyDetection, type CustomerPattern, fraudDetection, type Rules } from '@fintech-streams/rules'
import { complianceMonitoring } from './compliance-monitoring.ts'
import { customerBehavior } from './customer-behavior.ts'
import { dashboardMetrics } from './dashboard-metrics.ts'
import { geographicAnalysis } from './geographic-analysis.ts'
import { merchantAnalysis } from './merchant-analysis.ts'
import { riskAnalytics } from './risk-analytics.ts'
import { timePattern } from './time-pattern.ts'
import { transactionMetrics } from './transaction-metrics.ts'

export { transactionStream } from './stream.ts'
export * from './window-job.ts'
export { loadRules, type Rules, RULES_FILE, RulesError } from '@fintech-streams/rules'

/** A job over transactions. */
export type TransactionsJob = Job<Transaction, CustomerPattern>

/** The jobs that the processor runs. A new job is one file beside this one and one line here. */
export function builtInJobs(rules: Rules): TransactionsJob[] {
  return [
    fraudDetection(rules),
    transactionMetrics,
    customerBehavior,
    riskAnalytics(rules),
    dashboardMetrics,
    anomalyDetection(rules),
    geographicAnalysis,
    merchantAnalysis,
    timePattern,
    complianceMonitoring(rules),
  ]
}
