import {
  analyticsTopic,
  type Fields,
  type KeyKind,
  MINUTE_MS,
  type RecordOf,
  type ResultSpec,
  type SumMinor,
} from '@fintech-streams/contracts'
import { type Aggregates, type ValuesOf } from './aggregates.ts'
import { type AmountDistribution, type Distribution } from './columns/distribution.ts'
import { type TimedEvent } from './event.ts'
import { type ResultWriter, resultWriter } from './result-writer.ts'

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

/** What `finish` is told beside the aggregates. */
export interface WindowContext<Key> {
  readonly key: Key
  readonly startMs: number
  readonly endMs: number
  /** Events in the window. */
  readonly count: number
}

/** The value of a key field: a number for a `count`, a text for any other. */
export type KeyValue<Kind extends KeyKind> = Kind extends 'count' ? number : string

/** What a field's value may be beside what its record has. */
type Unwritten<Kind> = Kind extends 'money'
  ? SumMinor
  : Kind extends 'money?'
    ? SumMinor | null
    : Kind extends 'time'
      ? number
      : Kind extends 'distribution'
        ? Distribution
        : Kind extends 'amounts'
          ? AmountDistribution
          : Kind extends 'list'
            ? readonly string[]
            : never

/** A result as a job hands it over: money in minor units, times in milliseconds, distributions as they were collected. */
export type ResultOf<F extends Fields> = { [Name in keyof F]: RecordOf<F>[Name] | Unwritten<F[Name]> }

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
}

/** A window result's declaration, whatever its key field is called. */
interface WindowResult<Kind extends KeyKind, F extends Fields> {
  readonly keyField: string
  readonly keyKind: Kind
  readonly own: F
  readonly key: readonly string[]
  readonly fields: Fields
}

interface WindowJobBase<E, Kind extends KeyKind, F extends Fields, A extends Aggregates<E>> {
  /** Names state, topic, table and metrics: never rename. */
  readonly id: string
  readonly result: WindowResult<Kind, F>
  readonly window: TumblingWindows
  /** `undefined`: the job does not count this event. */
  readonly key: (event: E) => KeyValue<Kind> | undefined
  /** By name. Names are in the changelog: what is renamed starts afresh. */
  readonly aggregate: A
}

/** A window job: one row of aggregates per key and window, one result when the window closes. */
export interface WindowJob<
  E,
  Kind extends KeyKind = KeyKind,
  F extends Fields = Fields,
  A extends Aggregates<E> = Aggregates<E>,
>
  extends WindowJobBase<E, Kind, F, A>, WindowDerived {
  readonly kind: 'window'
  readonly finish: (values: ValuesOf<A>, context: WindowContext<KeyValue<Kind>>) => ResultOf<F>
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
    A extends Aggregates<E>,
    R extends ResultOf<F>,
  >(
    job: WindowJobBase<E, Kind, F, A> & {
      finish: (values: ValuesOf<A>, context: WindowContext<KeyValue<Kind>>) => Exactly<R, F>
    },
  ): WindowJob<E> {
    checkId(job.id)
    const isLocal = job.result.keyField === sourceKeyField
    return { kind: 'window', ...job, ...derivedOf(job.id, job.result.own), isLocal } as unknown as WindowJob<E>
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
