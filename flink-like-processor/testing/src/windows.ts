import { DAY_MS, type Transaction } from '@fintech-streams/contracts'
import { resultOfWindow } from '@fintech-streams/engine'
import { type TransactionWindowJob } from '@fintech-streams/jobs'
import { type CustomerPattern, CustomerPatterns } from '@fintech-streams/rules'
import { BASE_TIME_MS, buildTransaction } from '@fintech-streams/testing'

/** A job's own result fields for one window that holds exactly these transactions, all of one key. */
export const windowResultOf = (
  job: TransactionWindowJob,
  transactions: readonly Transaction[],
): Record<string, unknown> => resultOfWindow(job, transactions, (tx) => tx.customerId)

/** `count` earlier purchases, one a day, of 90.00 and 110.00 in turn: mean 100.00, standard deviation 10.00. */
export const steady = (count: number): Transaction[] =>
  Array.from({ length: count }, (_, at) =>
    buildTransaction({
      amountUsdMinor: at % 2 === 0 ? 90_00 : 110_00,
      eventTimeMs: BASE_TIME_MS - (count - at) * DAY_MS,
    }),
  )

/** The pattern of a customer who made these transactions, in this order. */
export function learned(transactions: Iterable<Transaction>): CustomerPattern {
  const patterns = new CustomerPatterns()
  for (const tx of transactions) patterns.learn(0, tx)
  return patterns.of(0)
}
