import { type Transaction } from '@fintech-streams/contracts'
import { isWindowJob, writtenResult } from '@fintech-streams/engine'
import { transactionStream, type TransactionsJob } from '@fintech-streams/jobs'
import { windowResultOf } from '@fintech-streams/processor-testing'
import { type TransactionJob } from '@fintech-streams/rules'
import { type Counted, type PartitionIntake } from '../oracle/intake.ts'
import { type Expected, windowResult } from '../oracle/recompute.ts'
import { type OracleTransaction } from '../oracle/source.ts'
import { type KeyedWindowing } from '../oracle/window-jobs.ts'
import { assignWindows } from '../oracle/windows.ts'

const stream = transactionStream()

/** Size and key of a window job, by its own declaration. */
export function windowingOf(job: TransactionsJob): KeyedWindowing | undefined {
  if (!isWindowJob(job)) return undefined
  return {
    sizeMs: job.window.sizeMs,
    scope: job.isLocal ? 'customer' : 'shared',
    keyField: job.result.keyField,
    key: (_, counted) => job.key(decoded(counted)) ?? null,
  }
}

/**
 * What a job that has no second implementation should have written: its own declaration over each window, in one
 * process. Which transactions count, and in which window, is the recomputation's to say.
 */
export function* replayed(job: TransactionsJob, intakes: readonly PartitionIntake[]): Generator<Expected> {
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
  const { features, keyOf, idField, idOf } = transactionStream()
  const lastMs = new Map<string, number>()
  const numbers = new Map<string, number>()
  for (const one of counted) {
    const transaction = decoded(one)
    const keyText = keyOf(transaction)
    const number = numbers.get(keyText) ?? numbers.size
    numbers.set(keyText, number)
    const knownMs = lastMs.get(keyText) ?? Number.NEGATIVE_INFINITY
    const isForgotten = knownMs < one.eventTimeSoFarMs - features.retentionMs
    if (isForgotten) features.forget(number)
    const result = job.judge(transaction, features.of(number))
    features.learn(number, transaction)
    lastMs.set(keyText, isForgotten ? transaction.eventTimeMs : Math.max(knownMs, transaction.eventTimeMs))
    if (result === undefined) continue
    const key = JSON.stringify({ [idField]: idOf(transaction) })
    yield { key, value: writtenResult(job, result), required: true }
  }
}

function decoded(counted: Counted | undefined): Transaction {
  if (counted?.record === undefined) throw new Error('a replay needs the records of what was counted')
  const transaction = stream.decode(counted.record)
  if (typeof transaction === 'string') {
    throw new Error(`the processor ignores offset ${counted.record.offset}: ${transaction}`)
  }
  return transaction
}
