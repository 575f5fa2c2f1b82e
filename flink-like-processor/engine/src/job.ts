import {
  analyticsTopic,
  type Fields,
  type KeyKind,
  MINUTE_MS,
  type RecordOf,
  type ResultSpec,
} from '@fintech-streams/contracts'
import { type AmountDistribution, type Distribution } from './distribution.ts'
import { type TimedEvent } from './event.ts'
import { type KeySummary } from './key-summary.ts'
import { type ResultWriter, resultWriter } from './result-writer.ts'
import { type AccumulatorCodec, accumulatorCodec } from './state-codec.ts'

/** Windows of one size, one after the other, aligned to the epoch: `[start, start + sizeMs)`. */
export interface TumblingWindows {
  readonly sizeMs: number
}

/** Tumbling event-time windows. @param sizeMs a whole number of minutes. */
export function tumbling(sizeMs: number): TumblingWindows {
  if (!Number.isInteger(sizeMs / MINUTE_MS) || sizeMs <= 0) {
    throw new RangeError(`a window's size is a whole number of minutes, not ${sizeMs} ms`)
  }
  return { sizeMs }
}

/** What `finish` is told beside the accumulator. */
export interface WindowContext<Key, Keys> {
  readonly key: Key
  readonly startMs: number
  readonly endMs: number
  /** Events in the window. */
  readonly count: number
  /** The summary that the job asked for. */
  readonly keys: Keys
}

/** The value of a key field: a number for a `count`, a text for any other. */
export type KeyValue<Kind extends KeyKind> = Kind extends 'count' ? number : string

/** A result as a job hands it over: distributions may be what they were collected in. */
export type ResultOf<F extends Fields> = {
  [Name in keyof F]:
    | RecordOf<F>[Name]
    | (F[Name] extends 'distribution' ? Distribution : F[Name] extends 'amounts' ? AmountDistribution : never)
}

/** What follows from any job's declaration. */
interface Derived {
  /** The topic of its results. */
  readonly topic: string
  /** Writes the declared fields of its results. */
  readonly writeResult: ResultWriter
}

/** What follows from a window job's declaration. */
interface WindowDerived extends Derived {
  /** Whether it groups by the source's own key, so that its windows finish in the source partition. */
  readonly isLocal: boolean
  readonly accumulators: AccumulatorCodec
}

/** A window result's declaration, whatever its key field is called. */
interface WindowResult<Kind extends KeyKind, F extends Fields> {
  readonly keyField: string
  readonly keyKind: Kind
  readonly own: F
  readonly key: readonly string[]
  readonly fields: Fields
}

interface WindowJobBase<E, Kind extends KeyKind, F extends Fields, Acc extends object, Keys> {
  /** Names state, topic, table and metrics: never rename. */
  readonly id: string
  readonly result: WindowResult<Kind, F>
  readonly window: TumblingWindows
  /** `undefined`: the job does not count this event. */
  readonly key: (event: E) => KeyValue<Kind> | undefined
  readonly aggregate: {
    readonly create: () => Acc
    readonly add: (acc: Acc, event: E) => void
    /** Adds `from` to `into`: commutative and associative, since partitions are merged in any order. */
    readonly merge: (into: Acc, from: Acc) => void
  }
  /** For a window key shared by several source keys: what `finish` receives about the source keys in the window. */
  readonly keys?: KeySummary<Keys> | undefined
}

/** A window job: one accumulator per key and window, one result when the window closes. */
export interface WindowJob<
  E,
  Kind extends KeyKind = KeyKind,
  F extends Fields = Fields,
  Acc extends object = object,
  Keys = unknown,
>
  extends WindowJobBase<E, Kind, F, Acc, Keys>, WindowDerived {
  readonly kind: 'window'
  readonly finish: (acc: Acc, context: WindowContext<KeyValue<Kind>, Keys>) => ResultOf<F>
}

/** A job that judges each event by itself against the features of its key; `undefined` is no result. */
export interface EventJob<E, S, F extends Fields = Fields> extends Derived {
  readonly kind: 'event'
  readonly id: string
  readonly result: ResultSpec<F>
  readonly judge: (event: E, features: S) => ResultOf<F> | undefined
}

export type Job<E, S> = WindowJob<E> | EventJob<E, S>

/** A record with the declared fields and no other: TypeScript by itself lets a function return more than it should. */
type Exactly<R, F extends Fields> = R & { [Name in Exclude<keyof R, keyof F>]: never }

/**
 * Gives the function that declares window jobs over a stream's events.
 * @param sourceKeyField the key field of jobs that group by what the source is partitioned by. Windows of any other key
 *   are aggregated per source partition first and merged afterwards.
 */
export function windowJobs<E extends TimedEvent>(sourceKeyField: string) {
  return function defineWindowJob<
    Kind extends KeyKind,
    F extends Fields,
    Acc extends object,
    R extends ResultOf<F>,
    Keys,
  >(
    job: WindowJobBase<E, Kind, F, Acc, Keys> & {
      finish: (acc: Acc, context: WindowContext<KeyValue<Kind>, Keys>) => Exactly<R, F>
    },
  ): WindowJob<E> {
    checkId(job.id)
    const isLocal = job.result.keyField === sourceKeyField
    const derived = { isLocal, accumulators: accumulatorCodec(job.aggregate.create) }
    return { kind: 'window', ...job, ...derivedOf(job.id, job.result.own), ...derived } as unknown as WindowJob<E>
  }
}

/** Gives the function that declares jobs which judge each of a stream's events. */
export function eventJobs<E extends TimedEvent, S>() {
  return function defineEventJob<F extends Fields, R extends ResultOf<F>>(
    job: Pick<EventJob<E, S, F>, 'id' | 'result'> & { judge: (event: E, features: S) => Exactly<R, F> | undefined },
  ): EventJob<E, S> {
    checkId(job.id)
    return { kind: 'event', ...job, ...derivedOf(job.id, job.result.fields) } as unknown as EventJob<E, S>
  }
}

function derivedOf(id: string, fields: Fields): Derived {
  return { topic: analyticsTopic(id), writeResult: resultWriter(fields) }
}

function checkId(id: string): void {
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(id)) {
    throw new RangeError(`a job's id names a topic and a table: use a-z, 0-9 and _, not ${JSON.stringify(id)}`)
  }
}

export const isWindowJob = <E, S>(job: Job<E, S>): job is WindowJob<E> => job.kind === 'window'
export const isEventJob = <E, S>(job: Job<E, S>): job is EventJob<E, S> => job.kind === 'event'
