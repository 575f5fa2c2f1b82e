import { DAY_MS } from '@fintech-streams/contracts'
import { dateOf } from './lake/decode.ts'

/** Days on which banks do not settle, beside Saturdays and Sundays. */
export interface BankHolidays {
  readonly holidays: readonly string[]
}

/** The date `businessDays` after `date`, counting only days on which banks work. */
export function addBusinessDays(date: string, businessDays: number, holidays: BankHolidays): string {
  let at = date
  for (let left = businessDays; left > 0;) {
    at = addDays(at, 1)
    if (isBusinessDay(at, holidays)) left -= 1
  }
  return at
}

/** Whether banks work on a day: neither Saturday, Sunday nor holiday. */
export function isBusinessDay(date: string, { holidays }: BankHolidays): boolean {
  const weekday = new Date(date).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !holidays.includes(date)
}

/** The date `days` after `date`, or before it when negative. */
export const addDays = (date: string, days: number): string => dateOf(Date.parse(date) + days * DAY_MS)

/** The day itself where banks work on it, else the next one on which they do. */
export const businessDayFrom = (date: string, holidays: BankHolidays): string =>
  isBusinessDay(date, holidays) ? date : addBusinessDays(date, 1, holidays)
