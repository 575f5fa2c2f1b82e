import { type Transaction } from '@fintech-streams/contracts'
import { ByteWriter } from '@fintech-streams/records'
import { countCustomers, noCustomers, Distribution, type AnyWindowJob } from '@fintech-streams/engine'

/** One window's accumulator over transactions in order. */
export function aggregated(job: AnyWindowJob, transactions: readonly Transaction[]): object {
  const acc = job.aggregate.create()
  for (const tx of transactions) job.aggregate.add(acc, tx)
  return acc
}

/** A job's own result fields for one window that holds exactly these transactions, all of one key. */
export function windowResultOf(job: AnyWindowJob, transactions: readonly Transaction[]): Record<string, unknown> {
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
    customers: job.countCustomers ? countCustomers(customers.toJSON()) : noCustomers(),
  })
  const members = new ByteWriter()
  job.writeResult(members, result)
  return JSON.parse(`{${members.bytes.toString('utf8', 0, members.length)}}`) as Record<string, unknown>
}
