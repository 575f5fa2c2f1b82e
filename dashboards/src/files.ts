import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { contactPoints, notificationPolicies } from './alerting/contact.ts'
import { ruleGroups } from './alerting/rules.ts'
import { customerDashboard } from './customer/dashboard.ts'
import { customerAnalytics } from './customer-analytics/dashboard.ts'
import { fraudDetection } from './fraud-detection/dashboard.ts'
import { geographicAnalysis } from './geographic-analysis/dashboard.ts'
import { merchantPerformance } from './merchant-performance/dashboard.ts'
import { pipelineHealth } from './pipeline-health/dashboard.ts'
import { reconciliation } from './reconciliation/dashboard.ts'
import { riskManagement } from './risk-management/dashboard.ts'
import { transactionMonitor } from './transaction-monitor/dashboard.ts'

/** Where Grafana's provisioning finds the dashboards. */
export const JSON_DIRECTORY = join(import.meta.dirname, '..', 'json')

/** Every dashboard by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'transaction-monitor.json': transactionMonitor,
  'fraud-detection.json': fraudDetection,
  'customer-analytics.json': customerAnalytics,
  'risk-management.json': riskManagement,
  'geographic-analysis.json': geographicAnalysis,
  'merchant-performance.json': merchantPerformance,
  'reconciliation.json': reconciliation,
  'customer.json': customerDashboard,
  'pipeline-health.json': pipelineHealth,
}

/** Everything that is generated, by its path in this package. */
const GENERATED: Readonly<Record<string, () => object>> = {
  ...Object.fromEntries(Object.entries(DASHBOARDS).map(([name, build]) => [`json/${name}`, build])),
  'provisioning/alerting/rules.json': ruleGroups,
  'provisioning/alerting/contact-points.json': contactPoints,
  'provisioning/alerting/policies.json': notificationPolicies,
}

const PACKAGE = join(import.meta.dirname, '..')

const rendered = (content: object): string => `${JSON.stringify(content, null, 2)}\n`

/** The files that are not what the code makes, by their paths. */
export async function staleFiles(directory = PACKAGE): Promise<string[]> {
  const stale: string[] = []
  for (const [path, build] of Object.entries(GENERATED)) {
    const found = await readFile(join(directory, path), 'utf8').catch(() => undefined)
    if (found !== rendered(build())) stale.push(path)
  }
  return stale
}

/** Writes every file. @returns the paths of those that changed. */
export async function writeFiles(directory = PACKAGE): Promise<string[]> {
  const stale = await staleFiles(directory)
  for (const path of stale) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), rendered(GENERATED[path]!()))
  }
  return stale
}
