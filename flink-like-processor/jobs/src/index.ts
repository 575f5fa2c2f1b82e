import { type Job } from '@fintech-streams/engine'
import { anomalyDetection } from './anomaly-detection.ts'
import { complianceMonitoring } from './compliance-monitoring.ts'
import { customerBehavior } from './customer-behavior.ts'
import { dashboardMetrics } from './dashboard-metrics.ts'
import { fraudDetection } from './fraud-detection.ts'
import { geographicAnalysis } from './geographic-analysis.ts'
import { merchantAnalysis } from './merchant-analysis.ts'
import { riskAnalytics } from './risk-analytics.ts'
import { type Rules } from './rules.ts'
import { timePattern } from './time-pattern.ts'
import { transactionMetrics } from './transaction-metrics.ts'

/** The jobs that the processor runs. A new job is one file beside this one and one line here. */
export function builtInJobs(rules: Rules): Job[] {
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
export { loadRules, type Rules, RULES_FILE, RulesError } from './rules.ts'
