import { CUSTOMER_TIERS, FRAUD_VERDICTS, RISK_LEVELS, TRANSACTION_TYPES } from '@fintech-streams/contracts'
import { type Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  ConstantVariableBuilder,
  CustomVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  type VariableModel,
  type VariableOption,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { POSTGRES } from './datasources.ts'

export type Variable = Builder<VariableModel>

const ALL: VariableOption = { selected: true, text: ['All'], value: ['$__all'] }

/** A choice of several among values that are known beforehand, all of them at first. */
const choice = (name: string, label: string, values: readonly string[]): Variable =>
  new CustomVariableBuilder(name)
    .label(label)
    .values(values.join(','))
    .options(values.map((value) => ({ selected: false, text: value, value })))
    .multi(true)
    .includeAll(true)
    .current(ALL)

/** A choice of several among values that the database has, all of them at first. */
const found = (name: string, label: string, sql: string): Variable =>
  query(name, label, sql).multi(true).includeAll(true).current(ALL)

const query = (name: string, label: string, sql: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(POSTGRES)
    .query(sql)
    .definition(sql)
    .refresh(VariableRefresh.OnDashboardLoad)

export const transactionType: Variable = choice('type', 'Type', TRANSACTION_TYPES)
export const tier: Variable = choice('tier', 'Tier', CUSTOMER_TIERS)
export const verdict: Variable = choice(
  'verdict',
  'Verdict',
  FRAUD_VERDICTS.filter((one) => one !== 'NORMAL'),
)
export const riskLevel: Variable = choice('risk_level', 'Risk level', RISK_LEVELS)
export const homeCountry: Variable = found(
  'country',
  'Home country',
  'select distinct country from customers order by country',
)
export const merchantCountry: Variable = found(
  'country',
  'Country',
  'select distinct country from merchants order by country',
)
/** Where something happened at all in the last month. */
export const visitedCountry: Variable = found(
  'country',
  'Country',
  "select distinct country from analytics.geographic_analysis where window_start > now() - interval '7 days' order by country",
)
export const merchantCategory: Variable = found(
  'category',
  'Merchant category',
  'select distinct category from merchants order by category',
)

/** One customer; offered are those with alerts, the newest first, then others. Any other id can be given in the URL. */
export const customer: Variable = query(
  'customer_id',
  'Customer',
  `select customer_id::text from (
  (select customer_id, event_time from analytics.fraud_detection
   where verdict <> 'NORMAL' and event_time > now() - interval '1 day' order by event_time desc limit 100)
  union all
  (select customer_id, null from customers limit 100)
) as known group by customer_id order by max(event_time) desc nulls last limit 100`,
)

/** One transaction; empty means the customer's latest alert or, without one, its latest transaction. */
export const transaction: Variable = new TextBoxVariableBuilder('transaction_id').label('Transaction').defaultValue('')

/** Where the console is, for links. */
export const consoleAddress: Variable = new ConstantVariableBuilder('console').value('http://localhost:8081')
