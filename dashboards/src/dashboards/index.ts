import { type DashboardValue } from '../dashboard.ts'
import { customerAnalytics } from './customer-analytics.ts'
import { customerDashboard } from './customer.ts'
import { fraudDetection } from './fraud-detection.ts'
import { geographicAnalysis } from './geographic-analysis.ts'
import { merchantPerformance } from './merchant-performance.ts'
import { pipelineHealth } from './pipeline-health/dashboard.ts'
import { reconciliation } from './reconciliation.ts'
import { riskManagement } from './risk-management.ts'
import { transactionMonitor } from './transaction-monitor.ts'

/** Every dashboard, in the order in which they are listed. */
export const DASHBOARDS: readonly DashboardValue[] = [
  transactionMonitor,
  fraudDetection,
  customerAnalytics,
  riskManagement,
  geographicAnalysis,
  merchantPerformance,
  reconciliation,
  customerDashboard,
  pipelineHealth,
]
