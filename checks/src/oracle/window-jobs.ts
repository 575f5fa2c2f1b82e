import { type JobId } from '@fintech-streams/contracts'
import { amounts, averageDecimal, decimal, distribution, groupBy, hourOfDay, largest, ratio, sum } from './exact.ts'
import { type OracleRules } from './rules.ts'
import { type OracleTransaction } from './source.ts'
import { type Window, type Windowing } from './windows.ts'

export type WindowJobId = Exclude<JobId, 'fraud_detection' | 'anomaly_detection'>

/** A windowing whose key has a name in results. */
export interface KeyedWindowing extends Windowing {
  keyField: string
}

type Transactions = readonly OracleTransaction[]

const MINUTE_MS = 60_000
const amountOf = (t: OracleTransaction): bigint => t.amountMinor
const total = (txs: Transactions): bigint => sum(txs.map(amountOf))
const fees = (txs: Transactions): string => decimal(sum(txs.map((t) => t.feeMinor)))
const average = (txs: Transactions): string => averageDecimal(total(txs), txs.length)
const completed = (txs: Transactions): Transactions => txs.filter((t) => t.status === 'COMPLETED')
const flagsOf = (txs: Transactions): string[] => txs.flatMap((t) => t.flags)
const isHighRisk = (t: OracleTransaction): boolean => t.riskLevel === 'HIGH' || t.riskLevel === 'CRITICAL'

function transactionMetrics(txs: Transactions): Record<string, unknown> {
  const sorted = txs.map(amountOf).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    total_amount: decimal(total(txs)),
    average_amount: average(txs),
    min_amount: decimal(sorted[0] ?? 0n),
    max_amount: decimal(sorted.at(-1) ?? 0n),
    total_fees: fees(txs),
    type_distribution: distribution(txs.map((t) => t.type)),
  }
}

/** The largest count of one value among those that have a value. */
function consistency(values: readonly (string | null)[]): number {
  const counts = Object.values(distribution(values))
  return ratio(Math.max(0, ...counts), values.filter((value) => value !== null).length)
}

function customerBehavior(txs: Transactions): Record<string, unknown> {
  const byCategory = groupBy(txs, (t) => t.category ?? 'NONE')
  const squares = sum([...byCategory.values()].map((group) => total(group) ** 2n))
  return {
    channel_usage: distribution(txs.map((t) => t.channel)),
    spending_by_category: amounts(txs.map((t) => [t.category ?? 'NONE', t.amountMinor])),
    location_consistency: consistency(txs.map((t) => t.city)),
    device_consistency: consistency(txs.map((t) => t.device)),
    spending_pattern: ratio(squares, total(txs) ** 2n),
  }
}

function riskFactors(t: OracleTransaction, rules: OracleRules['risk']): string[] {
  return [
    ...(t.amountMinor > rules.amountOver ? ['HIGH_AMOUNT'] : []),
    ...(t.isCrossBorder ? ['CROSS_BORDER'] : []),
    ...(t.type === 'WIRE_TRANSFER' ? ['WIRE_TRANSFER'] : []),
    ...(hourOfDay(t.eventTimeMs) < rules.nightEndsHour ? ['NIGHT'] : []),
    ...(isHighRisk(t) ? ['HIGH_RISK_LEVEL'] : []),
  ]
}

function riskAnalytics(txs: Transactions, rules: OracleRules['risk']): Record<string, unknown> {
  const n = txs.length
  const highRisk = txs.filter(isHighRisk).length
  const factors = distribution(txs.flatMap((t) => riskFactors(t, rules)))
  const score =
    rules.highRiskWeight * ratio(highRisk, n) +
    rules.violationsWeight * Math.min(1, ratio(flagsOf(txs).length, n)) +
    rules.exposureWeight * Math.min(1, ratio(total(txs), rules.fullExposure)) +
    rules.factorsWeight * Math.min(1, ratio(Object.keys(factors).length, 5))
  return {
    total_exposure: decimal(total(txs)),
    high_risk_transactions: highRisk,
    compliance_violations: distribution(flagsOf(txs)),
    risk_factors: factors,
    risk_score: Math.min(100, score),
  }
}

function dashboardMetrics(txs: Transactions): Record<string, unknown> {
  return {
    total_volume: decimal(total(txs)),
    average_transaction_value: average(txs),
    total_fees: fees(txs),
    success_rate: ratio(completed(txs).length, txs.length),
    status_distribution: distribution(txs.map((t) => t.status)),
    risk_distribution: distribution(txs.map((t) => t.riskLevel)),
  }
}

function geographicAnalysis(txs: Transactions): Record<string, unknown> {
  return {
    total_amount: decimal(total(txs)),
    city_distribution: distribution(txs.map((t) => t.city)),
    spending_by_city: amounts(txs.map((t) => [t.city, t.amountMinor])),
    merchant_distribution: distribution(txs.map((t) => t.category)),
    currencies: distribution(txs.map((t) => t.currency)),
  }
}

function amountRange(t: OracleTransaction): string {
  if (t.amountMinor < 5_000n) return '0-50'
  if (t.amountMinor < 20_000n) return '50-200'
  if (t.amountMinor < 100_000n) return '200-1000'
  return t.amountMinor < 1_000_000n ? '1000-10000' : '10000+'
}

function merchantAnalysis(txs: Transactions): Record<string, unknown> {
  const settled = completed(txs)
  const customers = distribution(txs.map((t) => t.customerId))
  const unique = Object.keys(customers).length
  return {
    total_revenue: decimal(total(settled)),
    average_transaction_value: settled.length === 0 ? null : average(settled),
    unique_customers: unique,
    customer_retention: ratio(Object.values(customers).filter((count) => count >= 2).length, unique),
    customer_distribution: largest(customers, 20),
    amount_distribution: amounts(txs.map((t) => [amountRange(t), t.amountMinor])),
    locations: distribution(txs.map((t) => t.city)),
  }
}

function timePattern(txs: Transactions, hour: number): Record<string, unknown> {
  const customers = distribution(txs.map((t) => t.customerId))
  return {
    transaction_type_distribution: distribution(txs.map((t) => t.type)),
    spending_by_type: amounts(txs.map((t) => [t.type, t.amountMinor])),
    active_customers: Object.keys(customers).length,
    customer_activity: largest(customers, 20),
    peak_periods: [
      ...(hour >= 9 && hour <= 11 ? ['MORNING_PEAK'] : []),
      ...(hour >= 12 && hour <= 14 ? ['LUNCH_PEAK'] : []),
      ...(hour >= 17 && hour <= 19 ? ['EVENING_PEAK'] : []),
    ],
  }
}

function complianceMonitoring(txs: Transactions, rules: OracleRules): Record<string, unknown> {
  const n = txs.length
  const flagged = txs.filter((t) => t.flags.length > 0)
  const weight = flagsOf(txs).reduce((tenths, flag) => tenths + (rules.flagTenths.get(flag) ?? 0), 0)
  return {
    violation_types: distribution(flagsOf(txs)),
    flagged_transactions: flagged.slice(0, 100).map((t) => t.transactionId),
    flagged_count: flagged.length,
    total_violation_amount: decimal(total(flagged)),
    risk_level_distribution: distribution(txs.map((t) => t.riskLevel)),
    compliance_score: ratio(Math.max(0, 10 * n - weight), 10 * n),
    requires_review: weight > (10 - rules.reviewBelowTenths) * n,
  }
}

const customerWindow = (minutes: number): KeyedWindowing => ({
  sizeMs: minutes * MINUTE_MS,
  scope: 'customer',
  keyField: 'customer_id',
  key: (t) => t.customerId,
})

const sharedWindow = (minutes: number, keyField: string, key: Windowing['key']): KeyedWindowing => ({
  sizeMs: minutes * MINUTE_MS,
  scope: 'shared',
  keyField,
  key,
})

/** Size and key of the contract's window jobs. */
export const WINDOWINGS: Readonly<Record<WindowJobId, KeyedWindowing>> = {
  transaction_metrics: customerWindow(5),
  customer_behavior: customerWindow(15),
  risk_analytics: customerWindow(10),
  compliance_monitoring: customerWindow(30),
  dashboard_metrics: sharedWindow(1, 'transaction_type', (t) => t.type),
  geographic_analysis: sharedWindow(5, 'country', (t) => t.country),
  merchant_analysis: sharedWindow(10, 'merchant_id', (t) => t.merchantId),
  time_pattern: sharedWindow(60, 'hour', (t) => hourOfDay(t.eventTimeMs)),
}

/** A job's own fields for all transactions of one window. */
export function windowFields(job: WindowJobId, { transactions, startMs }: Window, rules: OracleRules) {
  switch (job) {
    case 'transaction_metrics':
      return transactionMetrics(transactions)
    case 'customer_behavior':
      return customerBehavior(transactions)
    case 'risk_analytics':
      return riskAnalytics(transactions, rules.risk)
    case 'compliance_monitoring':
      return complianceMonitoring(transactions, rules)
    case 'dashboard_metrics':
      return dashboardMetrics(transactions)
    case 'geographic_analysis':
      return geographicAnalysis(transactions)
    case 'merchant_analysis':
      return merchantAnalysis(transactions)
    case 'time_pattern':
      return timePattern(transactions, hourOfDay(startMs))
  }
}
