import { contractRules } from './contract-rules.ts'
import { type DuckDb } from '../duckdb.ts'
import { addDays } from '../calendar.ts'
import { type Holidays, loadHolidays, type Rules } from '../rules.ts'
import { bindInputs, nightlyInputs, nightlySteps } from '../nightly/work.ts'
import { commitToLake } from '../nightly/publish.ts'
import { runSteps, violationsOf } from '../sql/run-steps.ts'
import { sqlSteps } from '../sql/steps.ts'
import { type TestLake } from './lake.ts'

/** An entry as a night publishes it. */
export interface PublishedEntry {
  readonly business_date: string
  readonly entry_id: string
  readonly status: string
  /** A whole number. */
  readonly days_to_settle: string | null
  readonly external_amount: string | null
}

/** What Postgres gives a night, as tables without rows. */
const DIMENSIONS = [
  `create or replace table merchants as select '' as merchant_id, '' as name, '' as category, '' as country,
    '' as risk_level where false`,
  `create or replace table customers as select '' as customer_id, '' as first_name, '' as last_name, '' as email,
    '' as phone, date '2000-01-01' as date_of_birth, '' as address, '' as country, '' as kyc_status,
    cast(0 as decimal(5, 2)) as risk_score where false`,
]

/** Nights without Postgres: what they publish is kept by day, as its tables do. */
export class TestNights {
  readonly published = new Map<string, PublishedEntry[]>()
  readonly #at: TestLake
  readonly #rules: Rules
  readonly #holidays: Holidays
  runs = 0

  constructor(at: TestLake, rules = contractRules(), holidays = loadHolidays()) {
    this.#at = at
    this.#rules = rules
    this.#holidays = holidays
  }

  /** Runs a day's night; `inspect` sees its tables. */
  async run(date: string, inspect: (db: DuckDb) => Promise<void> = async () => undefined): Promise<void> {
    const { lake, db } = this.#at
    this.runs += 1
    const inputs = nightlyInputs(await lake.manifest.latest(), this.#rules, this.#holidays, date)
    await bindInputs(db, lake, inputs, this.#rules, this.#holidays)
    for (const dimension of DIMENSIONS) await db.run(dimension)
    for await (const _ of runSteps(db, nightlySteps())) continue
    const violations = await violationsOf(db, sqlSteps('check'))
    if (violations.length > 0) throw new Error(JSON.stringify(violations))
    for (let day = inputs.windowStart; day <= date; day = addDays(day, 1)) {
      const entries = await db.rows<PublishedEntry>(
        `select business_date, entry_id, status, days_to_settle, external_amount from reconciliation_index
         where business_date = date '${day}' order by entry_id`,
      )
      this.published.set(day, entries)
    }
    await inspect(db)
    for (const { name } of nightlySteps()) await db.run(`drop table ${name}`)
    await commitToLake(lake, { runId: `${date}-${this.runs}`, date, days: {}, files: [], extent: inputs.extent })
  }

  /** The statuses of a day's entries, in the order of their ids. */
  statusesOf(day: string): string[] {
    return (this.published.get(day) ?? []).map(({ status }) => status)
  }
}
