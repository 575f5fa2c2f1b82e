import { AWAITED_STATUSES, BREAK_STATUSES, DAY_MS, SETTLED_STATUSES } from '@fintech-streams/contracts'
import type { Payout, Total } from './rows.ts'

type Break = (typeof BREAK_STATUSES)[number]
const SETTLED: readonly string[] = SETTLED_STATUSES
const AWAITED: readonly string[] = AWAITED_STATUSES

/** Ages of breaks in days, each up to the next. */
export const AGES = [
  { label: 'up to 1 day', from: 0 },
  { label: '2 to 3', from: 2 },
  { label: '4 to 7', from: 4 },
  { label: 'more than 7', from: 8 },
] as const

/** Exact: money is counted in hundredths, whatever the sum. */
export const minor = (amount: string): bigint => {
  const [whole = '0', cents = ''] = amount.replace('-', '').split('.')
  const value = BigInt(whole + cents.padEnd(2, '0').slice(0, 2))
  return amount.startsWith('-') ? -value : value
}

/** `1234.50`, of hundredths. */
export function decimal(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** By day, the newest first, and bank. */
export function bankDays(totals: readonly Total[]) {
  return [...Map.groupBy(totals, ({ business_date: date, bank_id: bank }) => `${date} ${bank}`)]
    .map(([group, rows]) => {
      const [date = '', bank = ''] = group.split(' ')
      return {
        date,
        bank,
        // What waits for its statement may yet be either.
        entries: count(rows.filter(({ status }) => !AWAITED.includes(status))),
        awaited: count(rows.filter(({ status }) => AWAITED.includes(status))),
        settled: count(rows.filter(({ status }) => SETTLED.includes(status))),
        breaks: Object.fromEntries(
          BREAK_STATUSES.map((name) => [name, count(rows.filter(({ status }) => status === name))]),
        ) as Record<Break, number>,
        // Theirs minus ours by currency, only where it is not nothing.
        differences: [...Map.groupBy(rows, ({ currency }) => currency)]
          .map(([currency, of]) => ({ currency, amount: sum(of, (row) => row.difference) }))
          .filter(({ amount }) => minor(amount) !== 0n)
          .sort((one, other) => one.currency.localeCompare(other.currency)),
      }
    })
    .sort((one, other) => other.date.localeCompare(one.date) || one.bank.localeCompare(other.bank))
}
export type BankDay = ReturnType<typeof bankDays>[number]

/** How many breaks of each kind are how old: a number for each of {@link AGES}. */
export function aging(totals: readonly Total[], today: string): { status: Break; counts: number[] }[] {
  return BREAK_STATUSES.map((status) => {
    const counts = AGES.map(() => 0)
    for (const row of totals) {
      if (row.status !== status) continue
      const days = (Date.parse(today) - Date.parse(row.business_date)) / DAY_MS
      const at = AGES.findLastIndex(({ from }) => days >= from)
      counts[Math.max(0, at)]! += row.entry_count
    }
    return { status, counts }
  })
}

/** By the day of the payout, the next one first. */
export function payoutDays(payouts: readonly Payout[]) {
  return [...Map.groupBy(payouts, ({ payout_date: date }) => date)]
    .map(([date, rows]) => {
      const paid = rows.filter(({ payout_status: status }) => status === 'SCHEDULED')
      return {
        date,
        merchants: new Set(paid.map(({ merchant_id: id }) => id)).size,
        gross: sum(rows, (row) => row.gross_usd),
        refunds: sum(rows, (row) => row.refunds_usd),
        chargebacks: sum(rows, (row) => row.chargebacks_usd),
        fees: sum(rows, (row) => row.fees_usd),
        // Without what is held.
        net: sum(paid, (row) => row.net_usd),
        held: rows.length - paid.length,
      }
    })
    .sort((one, other) => one.date.localeCompare(other.date))
}
export type PayoutDay = ReturnType<typeof payoutDays>[number]

const count = (rows: readonly Total[]): number => rows.reduce((total, { entry_count: n }) => total + n, 0)

const sum = <Row>(rows: readonly Row[], of: (row: Row) => string): string =>
  decimal(rows.reduce((total, row) => total + minor(of(row)), 0n))
