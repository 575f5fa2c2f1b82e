import { expect, test } from 'vitest'
import { DayPartitions, pastDays, todayOf } from './day-partitions.ts'

const NOON_MS = Date.UTC(2026, 10, 20, 12)
const YEARS_MS = 12 * 365 * 86_400_000

test('neither a wall clock nor an event that is years ahead makes days old', () => {
  expect(todayOf(NOON_MS + YEARS_MS, [NOON_MS - 60_000, NOON_MS])).toBe(NOON_MS)
  expect(todayOf(NOON_MS, [NOON_MS + YEARS_MS])).toBe(NOON_MS)
  expect(todayOf(NOON_MS, [])).toBe(NOON_MS)
})

test('days before the first that is kept are past, the oldest first; other tables are none', () => {
  const tables = ['20261119', '20261118', '20261121', '20261120'].map((day) => `top_senders_daily_${day}`)
  expect(pastDays([...tables, 'top_senders_daily_old'], '2026-11-20').map(({ day }) => day)).toEqual([
    '2026-11-18',
    '2026-11-19',
  ])
})

/** The tables of a database, and nothing else of it: which are asked for, and which are dropped. */
class Tables {
  names: string[]

  constructor(names: string[]) {
    this.names = names
  }

  async query(text: string) {
    const [, dropped] = /^drop table serving\.(\w+)$/.exec(text) ?? []
    this.names = this.names.filter((name) => name !== dropped)
    return { rows: text.startsWith('select c.relname') ? this.names.map((name) => ({ name })) : [] }
  }
}

test('when a clock says that all days are past, a few go at once, and it is told how many would', async () => {
  const tables = new Tables(Array.from({ length: 9 }, (_, n) => `top_senders_daily_2026110${n + 1}`))
  const days = new DayPartitions(tables, 90)
  expect(await days.drop(NOON_MS + YEARS_MS)).toBe(6)
  expect(tables.names).toHaveLength(6)
  expect(tables.names[0]).toBe('top_senders_daily_20261104')
  expect(await days.drop(NOON_MS)).toBe(0)
  expect(tables.names).toHaveLength(6)
})
