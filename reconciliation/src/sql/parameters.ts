import { DAY_MS } from '@fintech-streams/contracts'
import { literal } from '../duckdb.ts'
import { dateOf } from '../lake/decode.ts'
import { type Holidays, type Rules } from '../rules.ts'

/** The rules as small tables, under the names that the queries read them by. */
export function ruleTables(rules: Rules): Record<string, string> {
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
      cast(${matching.group_size_max} as integer) as group_size_max`,
  }
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
    const day = dateOf(Date.parse(date) - back * DAY_MS)
    return [day, addBusinessDays(day, businessDays, holidays)]
  })
}

/** The date so many days on which banks work after another: neither Saturday, Sunday nor holiday. */
export function addBusinessDays(date: string, businessDays: number, { holidays }: Holidays): string {
  let atMs = Date.parse(date)
  for (let left = businessDays; left > 0;) {
    atMs += DAY_MS
    const weekday = new Date(atMs).getUTCDay()
    if (weekday !== 0 && weekday !== 6 && !holidays.includes(dateOf(atMs))) left -= 1
  }
  return dateOf(atMs)
}
