import { DAY_MS } from '@fintech-streams/contracts'
import { addDays } from '../calendar.ts'
import { dateOf } from '../lake/decode.ts'
import { filesOf, type Snapshot } from '../lake/manifest.ts'
import { reachDays, type Rules } from '../rules.ts'
import { statementsOf } from '../statements/coverage.ts'

/** The last day that ended at least `afterMs` ago. */
export const dueDate = (nowMs: number, afterMs: number): string => dateOf(nowMs - afterMs - DAY_MS)

/** How many rows of transactions the lake has of each day. */
export function transactionsByDay(snapshot: Snapshot): Map<string, number> {
  const rows = new Map<string, number>()
  for (const file of filesOf(snapshot, 'transactions')) rows.set(file.date, (rows.get(file.date) ?? 0) + file.rows)
  return rows
}

/** The days up to one that have transactions and have never been reconciled, the oldest first. */
export function openDays(snapshot: Snapshot, until: string): string[] {
  return [...transactionsByDay(snapshot).keys()]
    .filter((day) => day <= until && snapshot.runs[day] === undefined)
    .sort()
}

/**
 * The days that have been reconciled and would come out otherwise now, as statements of them or more of their
 * transactions have come since; the newest first, as its night corrects the days before it as well.
 */
export function staleDays(snapshot: Snapshot, rules: Rules): string[] {
  const reach = reachDays(rules)
  const transactions = transactionsByDay(snapshot)
  return Object.entries(snapshot.reconciled)
    .filter(([day, then]) => {
      if ((transactions.get(day) ?? 0) > then.transactions) return true
      const since = snapshot.statementFiles.slice(then.statementFiles).flatMap(statementsOf)
      return since.some(({ from, to }) => addDays(from, -reach) <= day && day <= addDays(to, reach))
    })
    .map(([day]) => day)
    .sort()
    .reverse()
}
