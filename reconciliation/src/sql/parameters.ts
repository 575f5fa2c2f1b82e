import { addBusinessDays, addDays } from '../calendar.ts'
import { literal } from '../duckdb.ts'
import { type Holidays, type Rules } from '../rules.ts'

/** A bank's day whose statement has not come. */
export interface BankDay {
  readonly bankId: string
  readonly day: string
}

/** The rules as small tables, under the names that the queries read them by, and the days that wait for a statement. */
export function ruleTables(rules: Rules, awaited: readonly BankDay[] = []): Record<string, string> {
  const { matching } = rules
  const banks = rules.banks.flatMap(({ id, transaction_types, settlement_currency }) =>
    transaction_types.map(
      (type) => `(${literal(type)}, ${literal(id)}, ${settlement_currency === null ? 'null' : literal('USD')})`,
    ),
  )
  return {
    banks: `select * from (values ${banks.join(', ')}) b (transaction_type, bank_id, settlement_currency)`,
    matching_rules: `select
      cast('${matching.amount_tolerance}' as decimal(18, 2)) as amount_tolerance,
      cast('${matching.fx_tolerance_ratio}' as decimal(9, 6)) as fx_tolerance_ratio,
      cast(${matching.late_after_days} as integer) as late_after_days,
      cast(${matching.date_window_days} as integer) as date_window_days,
      cast('${matching.near_amount_tolerance}' as decimal(18, 2)) as near_amount_tolerance,
      cast(${matching.group_size_max} as integer) as group_size_max,
      cast(${matching.settles_within_days} as integer) as settles_within_days`,
    awaited_days: awaitedTable(awaited),
  }
}

function awaitedTable(awaited: readonly BankDay[]): string {
  if (awaited.length === 0) {
    return 'select cast(null as varchar(16)) as bank_id, cast(null as date) as business_date where false'
  }
  const rows = awaited.map(({ bankId, day }) => `(${literal(bankId)}, date ${literal(day)})`)
  return `select * from (values ${rows.join(', ')}) a (bank_id, business_date)`
}

/** What the index queries read beside the tables: the night's date, thresholds, and when each day is paid out. */
export function indexTables(rules: Rules, holidays: Holidays, date: string): Record<string, string> {
  const { merchant_anomaly: anomaly, user_spend, payout } = rules
  const payouts = payoutDates(holidays, payout.business_days, date, anomaly.days).map(
    ([day, paid]) => `(date '${day}', date '${paid}')`,
  )
  return {
    index_rules: `select
      date '${date}' as business_date,
      date '${addDays(date, -anomaly.days)}' as volume_from,
      cast('${anomaly.chargeback_rate}' as decimal(9, 6)) as chargeback_rate,
      cast('${anomaly.refund_rate}' as decimal(9, 6)) as refund_rate,
      cast('${anomaly.volume_factor}' as decimal(9, 6)) as volume_factor,
      cast(${user_spend.repeated_declines} as integer) as repeated_declines`,
    payout_dates: `select * from (values ${payouts.join(', ')}) p (event_date, payout_date)`,
  }
}

/** Each day up to `date`, and the business day on which it is paid out. */
function payoutDates(holidays: Holidays, businessDays: number, date: string, days: number): [string, string][] {
  return Array.from({ length: days + 1 }, (_, back) => {
    const day = addDays(date, -back)
    return [day, addBusinessDays(day, businessDays, holidays)]
  })
}
