import { withClient, type Stack } from '@fintech-streams/local'
import { databaseOf } from '../settled.ts'
import { type Load, median } from './report.ts'

/** Rows of the table `transactions`. */
export async function countTransactions(stack: Stack): Promise<number> {
  const { rows } = await withClient(stack, databaseOf(stack), (client) =>
    client.query<{ n: number }>('select count(*)::int as n from transactions'),
  )
  return rows[0]?.n ?? 0
}

/** What was written between two moments, against what was asked for. */
export async function loadBetween(stack: Stack, fromMs: number, toMs: number, perSecond: number): Promise<Load> {
  const fromSecond = Math.ceil(fromMs / 1_000)
  const seconds = Math.floor(toMs / 1_000) - fromSecond
  const { rows } = await withClient(stack, databaseOf(stack), (client) =>
    client.query<{ second: number; n: number }>(
      `select floor(extract(epoch from created_at))::int as second, count(*)::int as n from transactions
       where created_at >= to_timestamp($1) and created_at < to_timestamp($2) group by 1`,
      [fromSecond, fromSecond + seconds],
    ),
  )
  const bySecond = new Map(rows.map(({ second, n }) => [second, n]))
  const counts = Array.from({ length: seconds }, (_, n) => bySecond.get(fromSecond + n) ?? 0)
  return {
    offeredPerSecond: perSecond,
    seconds,
    offered: perSecond * seconds,
    written: counts.reduce((sum, n) => sum + n, 0),
    medianPerSecond: median(counts),
    silentSeconds: counts.filter((n) => n === 0).length,
  }
}
