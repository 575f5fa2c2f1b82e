import { decodeTransaction, type Transaction } from '@fintech-streams/contracts'
import {
  CustomerPattern,
  isCustomerJob,
  isWindowJob,
  type Job,
  PATTERN_RETENTION_MS,
  type TransactionJob,
} from '@fintech-streams/engine'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { type Counted, type PartitionIntake } from '../oracle/intake.ts'
import { type Expected, windowResult } from '../oracle/recompute.ts'
import { type OracleTransaction } from '../oracle/source.ts'
import { type KeyedWindowing } from '../oracle/window-jobs.ts'
import { assignWindows } from '../oracle/windows.ts'

/** Size and key of a window job, by its own declaration. */
export function windowingOf(job: Job): KeyedWindowing | undefined {
  if (!isWindowJob(job)) return undefined
  return {
    sizeMs: job.window.sizeMs,
    scope: isCustomerJob(job) ? 'customer' : 'shared',
    keyField: job.result.keyField,
    key: (_, counted) => job.key(decoded(counted)) ?? null,
  }
}

/**
 * What a job that has no second implementation should have written: its own declaration over each window, in one
 * process. Which transactions count, and in which window, is the recomputation's to say.
 */
export function* replayed(job: Job, intakes: readonly PartitionIntake[]): Generator<Expected> {
  const windowing = windowingOf(job)
  if (!isWindowJob(job) || windowing === undefined) {
    for (const { counted } of intakes) yield* judged(job as TransactionJob, counted)
    return
  }
  const counted = new Map(intakes.flatMap((intake) => intake.counted.map((one) => [one.transaction, one] as const)))
  const transactionOf = (transaction: OracleTransaction): Transaction => decoded(counted.get(transaction))
  for (const window of assignWindows(intakes, windowing).windows) {
    yield windowResult(windowing.keyField, window, windowResultOf(job, window.transactions.map(transactionOf)))
  }
}

function* judged(job: TransactionJob, counted: readonly Counted[]): Generator<Expected> {
  const patterns = new Map<string, CustomerPattern>()
  for (const one of counted) {
    const transaction = decoded(one)
    const known = patterns.get(transaction.customerId)
    const isForgotten = known !== undefined && known.lastEventTimeMs < one.eventTimeSoFarMs - PATTERN_RETENTION_MS
    const pattern = known === undefined || isForgotten ? new CustomerPattern() : known
    patterns.set(transaction.customerId, pattern)
    const result = job.judge(transaction, pattern)
    pattern.learn(transaction)
    if (result === undefined) continue
    const key = JSON.stringify({ transaction_id: transaction.transactionId })
    yield { key, value: JSON.parse(JSON.stringify(result)) as Record<string, unknown>, required: true }
  }
}

function decoded(counted: Counted | undefined): Transaction {
  const record = counted?.record
  if (record === undefined || record.value === null) throw new Error('a replay needs the records of what was counted')
  const transaction = decodeTransaction(record.value, record.timestampMs)
  if (typeof transaction === 'string') throw new Error(`the processor ignores offset ${record.offset}: ${transaction}`)
  return transaction
}
