import { OperatingError, type Values } from '@fintech-streams/service'
import { ANOMALY_TYPES, FRAUD_VERDICTS } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'
import { databaseConfig, type reportSettings } from '../settings.ts'
import { tableText } from '../table-text.ts'
import { withConnection } from '../write/connection.ts'

/** How well one rule tells fraud: all counts are of transactions that the jobs have judged. */
export interface RuleScore {
  job: string
  rule: string
  flagged: number
  /** Flagged and labelled. */
  caught: number
}

export interface TypologyScore {
  typology: string
  labelled: number
  /** Flagged by at least one rule. */
  caught: number
}

export interface Report {
  judged: number
  labelled: number
  rules: RuleScore[]
  typologies: TypologyScore[]
}

/** Prints precision and recall of each rule against the labels. */
export async function reportCommand(
  values: Values<typeof reportSettings>,
  print: (line: string) => void,
): Promise<void> {
  printReport(await withConnection(databaseConfig(values), readReport), print)
}

/** @throws OperatingError when there is nothing to compare. */
export async function readReport(client: ClientBase): Promise<Report> {
  const tables = await client.query<{ missing: boolean }>(
    `select to_regclass('analytics.fraud_detection') is null or to_regclass('analytics.anomaly_detection') is null as missing`,
  )
  if (tables.rows[0]?.missing !== false) throw noResults()
  const [counts] = (await client.query<{ judged: number; labelled: number }>(COUNTS)).rows
  if (counts === undefined || counts.judged === 0) throw noResults()
  if (counts.labelled === 0) {
    throw new OperatingError(
      'no_labels',
      `none of the ${counts.judged} judged transactions is labelled as fraud: run the generator with a --fraud-rate above 0`,
    )
  }
  const rules = (await client.query<RuleScore>(RULES)).rows
  const typologies = (await client.query<TypologyScore>(TYPOLOGIES)).rows
  return { ...counts, rules, typologies }
}

function noResults(): OperatingError {
  return new OperatingError(
    'no_results',
    'there are no results yet in analytics.fraud_detection and analytics.anomaly_detection: run the processor and the sink first',
  )
}

/** A label counts once its transaction is judged: what is still on its way is neither caught nor missed. */
const COUNTS = `
  select count(*)::integer as judged, count(l.transaction_id)::integer as labelled
  from analytics.fraud_detection j left join fraud_labels l using (transaction_id)`

const FLAGS = `
  select transaction_id, 'fraud_detection' as job, verdict as rule
  from analytics.fraud_detection where verdict <> 'NORMAL'
  union all
  select transaction_id, 'anomaly_detection', anomaly_type from analytics.anomaly_detection`

const RULES = `
  select job, rule, count(*)::integer as flagged, count(l.transaction_id)::integer as caught
  from (${FLAGS}) f left join fraud_labels l using (transaction_id)
  group by job, rule
  union all
  select 'any', 'any', count(*)::integer, count(l.transaction_id)::integer
  from (select distinct transaction_id from (${FLAGS}) f) f left join fraud_labels l using (transaction_id)`

const TYPOLOGIES = `
  select l.typology, count(*)::integer as labelled, count(f.transaction_id)::integer as caught
  from analytics.fraud_detection j
  join fraud_labels l using (transaction_id)
  left join (select distinct transaction_id from (${FLAGS}) f) f using (transaction_id)
  group by l.typology order by l.typology`

const RULE_NAMES = [
  ...FRAUD_VERDICTS.filter((verdict) => verdict !== 'NORMAL').map((rule) => ({ job: 'fraud_detection', rule })),
  ...ANOMALY_TYPES.map((rule) => ({ job: 'anomaly_detection', rule })),
  { job: 'any', rule: 'any' },
]

/** The report as two tables: one row a rule, and one a kind of fraud. A rule that never fired has no precision. */
export function printReport({ judged, labelled, rules, typologies }: Report, print: (line: string) => void): void {
  print(`${judged} transactions judged, ${labelled} of them labelled as fraud`)
  print('')
  const ruleRows = RULE_NAMES.map(({ job, rule }) => {
    const found = rules.find((score) => score.job === job && score.rule === rule)
    const { flagged, caught } = found ?? { flagged: 0, caught: 0 }
    return [job, rule, String(flagged), String(caught), share(caught, flagged), share(caught, labelled)]
  })
  tableText(['job', 'rule', 'flagged', 'fraud', 'precision', 'recall'], ruleRows).forEach(print)
  print('')
  const typologyRows = typologies.map(({ typology, labelled: all, caught }) => [
    typology,
    String(all),
    String(caught),
    share(caught, all),
  ])
  tableText(['typology', 'labelled', 'caught', 'recall'], typologyRows).forEach(print)
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : (part / whole).toFixed(3)
}
