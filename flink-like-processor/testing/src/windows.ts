import { DAY_MS, type Transaction } from '@fintech-streams/contracts'
import { Distribution } from '@fintech-streams/engine'
import { type TransactionWindowJob } from '@fintech-streams/jobs'
import { ByteWriter } from '@fintech-streams/records'
import { CustomerPattern } from '@fintech-streams/rules'
import { BASE_TIME_MS, buildTransaction } from '@fintech-streams/testing'

/** One window's accumulator over transactions in order. */
export function aggregated(job: TransactionWindowJob, transactions: readonly Transaction[]): object {
  const acc = job.aggregate.create()
  for (const tx of transactions) job.aggregate.add(acc, tx)
  return acc
}

/** A job's own result fields for one window that holds exactly these transactions, all of one key. */
export function windowResultOf(
  job: TransactionWindowJob,
  transactions: readonly Transaction[],
): Record<string, unknown> {
  const [first] = transactions
  const key = first && job.key(first)
  if (first === undefined || key === undefined) throw new RangeError('a window has a transaction that its job counts')
  const startMs = first.eventTimeMs - (first.eventTimeMs % job.window.sizeMs)
  const customers = new Distribution()
  for (const tx of transactions) customers.increment(tx.customerId)
  const result = job.finish(aggregated(job, transactions), {
    key,
    startMs,
    endMs: startMs + job.window.sizeMs,
    count: transactions.length,
    keys: job.keys?.of(customers.toJSON()),
  })
  const members = new ByteWriter()
  job.writeResult(members, result)
  return JSON.parse(`{${members.bytes.toString('utf8', 0, members.length)}}`) as Record<string, unknown>
}

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
  const pattern = new CustomerPattern()
  for (const tx of transactions) pattern.learn(tx)
  return pattern
}
