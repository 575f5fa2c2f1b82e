import { expect, test } from 'vitest'
import { addBusinessDays } from './calendar.ts'
import { loadHolidays } from './rules.ts'

test.each([
  ['2026-11-19', '2026-11-23', 'Thursday: Friday, Monday'],
  ['2026-11-20', '2026-11-24', 'Friday: Monday, Tuesday'],
  ['2026-11-21', '2026-11-24', 'Saturday is like Friday'],
  ['2026-12-23', '2026-12-28', 'over both days of Christmas, of which one is a Saturday'],
  ['2026-12-31', '2027-01-05', 'over the year and its first day'],
  ['2026-04-02', '2026-04-08', 'over Good Friday and Easter Monday'],
])('%s is paid out on %s: %s', (day, paid) => {
  expect(addBusinessDays(day, 2, loadHolidays())).toBe(paid)
})
