import type { Payout, Total } from './rows.ts'

const DAY_MS = 86_400_000
/** What needs no work: it is on both sides, as it should be. */
const SETTLED: readonly string[] = ['MATCHED', 'SPLIT', 'BATCHED']
/** Statuses that somebody has to look into, the most urgent first. */
export const BREAKS = [
  'MISSING_EXTERNAL',
  'MISSING_INTERNAL',
  'AMOUNT_MISMATCH',
  'DUPLICATE_EXTERNAL',
  'LATE_SETTLEMENT',
] as const
export type Break = (typeof BREAKS)[number]

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

/** What became of a bank's day. */
export interface BankDay {
  readonly date: string
  readonly bank: string
  readonly entries: number
  readonly settled: number
  readonly breaks: Readonly<Record<Break, number>>
  /** Theirs minus ours by currency, only where it is not nothing. */
  readonly differences: readonly { readonly currency: string; readonly amount: string }[]
}

/** By day, the newest first, and bank. */
export function bankDays(totals: readonly Total[]): BankDay[] {
  const groups = Map.groupBy(totals, ({ business_date: date, bank_id: bank }) => `${date} ${bank}`)
  return [...groups.values()]
    .map((rows) => {
      const [first] = rows
      return {
        date: first!.business_date,
        bank: first!.bank_id,
        entries: count(rows),
        settled: count(rows.filter(({ status }) => SETTLED.includes(status))),
        breaks: Object.fromEntries(
          BREAKS.map((name) => [name, count(rows.filter(({ status }) => status === name))]),
        ) as Record<Break, number>,
        differences: [...Map.groupBy(rows, ({ currency }) => currency)]
          .map(([currency, of]) => ({
            currency,
            amount: decimal(of.reduce((sum, row) => sum + minor(row.difference), 0n)),
          }))
          .filter(({ amount }) => minor(amount) !== 0n)
          .sort((one, other) => one.currency.localeCompare(other.currency)),
      }
    })
    .sort((one, other) => other.date.localeCompare(one.date) || one.bank.localeCompare(other.bank))
}

/** How many breaks of each kind are how old: a number for each of {@link AGES}. */
export function aging(totals: readonly Total[], today: string): { status: Break; counts: number[] }[] {
  return BREAKS.map((status) => {
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

/** What is paid out on a day. */
export interface PayoutDay {
  readonly date: string
  readonly merchants: number
  readonly gross: string
  readonly refunds: string
  readonly chargebacks: string
  readonly fees: string
  /** Without what is held. */
  readonly net: string
  readonly held: number
}

/** By the day of the payout, the next one first. */
export function payoutDays(payouts: readonly Payout[]): PayoutDay[] {
  return [...Map.groupBy(payouts, ({ payout_date: date }) => date)]
    .map(([date, rows]) => {
      const paid = rows.filter(({ payout_status: status }) => status === 'SCHEDULED')
      const sum = (of: (row: Payout) => string): string =>
        decimal(rows.reduce((total, row) => total + minor(of(row)), 0n))
      return {
        date,
        merchants: new Set(paid.map(({ merchant_id: id }) => id)).size,
        gross: sum((row) => row.gross_usd),
        refunds: sum((row) => row.refunds_usd),
        chargebacks: sum((row) => row.chargebacks_usd),
        fees: sum((row) => row.fees_usd),
        net: decimal(paid.reduce((total, row) => total + minor(row.net_usd), 0n)),
        held: rows.length - paid.length,
      }
    })
    .sort((one, other) => one.date.localeCompare(other.date))
}

const count = (rows: readonly Total[]): number => rows.reduce((sum, { entry_count: n }) => sum + n, 0)
