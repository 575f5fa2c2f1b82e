import {
  analyticsTopic,
  type Fields,
  type RecordOf,
  type ResultSpec,
  type Transaction,
  type WindowKey,
} from '@fintech-streams/contracts'
import { type CustomerCounts } from './customer-counts.ts'
import { type CustomerPattern } from './customer-pattern.ts'
import { type AmountDistribution, type Distribution } from './distribution.ts'
import { type ResultWriter, resultWriter } from './result-writer.ts'

/** Windows of one size, one after the other, aligned to the epoch: `[start, start + sizeMs)`. */
export interface TumblingWindows {
  readonly sizeMs: number
}

/** Tumbling event-time windows. @param sizeMs a whole number of minutes. */
export function tumbling(sizeMs: number): TumblingWindows {
  if (!Number.isInteger(sizeMs / 60_000) || sizeMs <= 0) {
    throw new RangeError(`a window's size is a whole number of minutes, not ${sizeMs} ms`)
  }
  return { sizeMs }
}

/** What `finish` is told beside the accumulator. */
export interface WindowContext<Key> {
  readonly key: Key
  readonly startMs: number
  readonly endMs: number
  /** Transactions in the window. */
  readonly count: number
  /** Only for a job with `countCustomers`; empty otherwise. */
  readonly customers: CustomerCounts
}

type KeyOf<K extends WindowKey> = K extends 'hour' ? number : string

/** A result as a job hands it over: distributions may be what they were collected in. */
export type ResultOf<F extends Fields> = {
  [Name in keyof F]:
    | RecordOf<F>[Name]
    | (F[Name] extends 'distribution' ? Distribution : F[Name] extends 'amounts' ? AmountDistribution : never)
}

/** What follows from a job's declaration. */
interface Derived {
  /** The topic of its results. */
  readonly topic: string
  /** Writes the declared fields of its results. */
  readonly writeResult: ResultWriter
}

/** A window job: one accumulator per key and window, one result when the window closes. */
export interface WindowJob<
  K extends WindowKey = WindowKey,
  F extends Fields = Fields,
  Acc extends object = object,
> extends Derived {
  readonly kind: 'window'
  /** Names state, topic, table and metrics: never rename. */
  readonly id: string
  readonly result: WindowResultSpec<K, F>
  readonly window: TumblingWindows
  /** `undefined`: the job does not count this transaction. */
  readonly key: (tx: Transaction) => KeyOf<K> | undefined
  readonly aggregate: {
    readonly create: () => Acc
    readonly add: (acc: Acc, tx: Transaction) => void
    /** Adds `from` to `into`: commutative and associative, since partitions are merged in any order. */
    readonly merge: (into: Acc, from: Acc) => void
  }
  /** Whether the transactions of each customer are counted, exactly, in every window. */
  readonly countCustomers: boolean
  readonly finish: (acc: Acc, context: WindowContext<KeyOf<K>>) => ResultOf<F>
}

interface WindowResultSpec<K extends WindowKey, F extends Fields> {
  readonly keyField: K
  readonly own: F
  readonly key: readonly string[]
  readonly fields: Fields
}

/** A job that judges each transaction by itself against the customer's pattern; `undefined` is no result. */
export interface TransactionJob<F extends Fields = Fields> extends Derived {
  readonly kind: 'transaction'
  readonly id: string
  readonly result: ResultSpec<F>
  readonly judge: (tx: Transaction, pattern: CustomerPattern) => ResultOf<F> | undefined
}

/** A record with the declared fields and no other: TypeScript by itself lets a function return more than it should. */
type Exactly<R, F extends Fields> = R & { [Name in Exclude<keyof R, keyof F>]: never }

export type AnyWindowJob = WindowJob<WindowKey, Fields, object>
export type Job = AnyWindowJob | TransactionJob

type WindowJobDeclaration<K extends WindowKey, F extends Fields, Acc extends object, R extends ResultOf<F>> = Omit<
  WindowJob<K, F, Acc>,
  'kind' | 'countCustomers' | 'finish' | keyof Derived
> & {
  countCustomers?: boolean
  finish: (acc: Acc, context: WindowContext<KeyOf<K>>) => Exactly<R, F>
}

/**
 * Declares a window job. A job keyed by `customer_id` finishes where its customer's records are; any other key is
 * aggregated per source partition first and merged afterwards.
 */
export function defineWindowJob<K extends WindowKey, F extends Fields, Acc extends object, R extends ResultOf<F>>(
  job: WindowJobDeclaration<K, F, Acc, R>,
): AnyWindowJob {
  checkId(job.id)
  return {
    kind: 'window',
    countCustomers: false,
    ...job,
    ...derived(job.id, job.result.own),
  } as unknown as AnyWindowJob
}

/** Declares a job that judges each transaction. */
export function defineTransactionJob<F extends Fields, R extends ResultOf<F>>(
  job: Omit<TransactionJob<F>, 'kind' | 'judge' | keyof Derived> & {
    judge: (tx: Transaction, pattern: CustomerPattern) => Exactly<R, F> | undefined
  },
): TransactionJob {
  checkId(job.id)
  return { kind: 'transaction', ...job, ...derived(job.id, job.result.fields) } as unknown as TransactionJob
}

function derived(id: string, fields: Fields): Derived {
  return { topic: analyticsTopic(id), writeResult: resultWriter(fields) }
}

function checkId(id: string): void {
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(id)) {
    throw new RangeError(`a job's id names a topic and a table: use a-z, 0-9 and _, not ${JSON.stringify(id)}`)
  }
}

export const isWindowJob = (job: Job): job is AnyWindowJob => job.kind === 'window'
export const isTransactionJob = (job: Job): job is TransactionJob => job.kind === 'transaction'
/** Whether a job's windows finish in the source partition of their key. */
export const isCustomerJob = (job: AnyWindowJob): boolean => job.result.keyField === 'customer_id'
