import { type SumMinor } from '@fintech-streams/contracts'
import { type Column, type ColumnContext } from './columns/column.ts'
import { type AmountDistribution, type Distribution } from './columns/distribution.ts'
import { type KeyCounts, KeyCountsColumn } from './columns/key-counts.ts'
import { CountColumn, ExtremeColumn, SumColumn } from './columns/numbers.ts'
import { type Accumulator, FirstColumn, OwnColumn } from './columns/others.ts'
import { CountByColumn, SumByColumn } from './columns/tallies.ts'
import { type Field, reader, type TextField } from './texts.ts'

/**
 * What a window job wants to know of its events. How it is held, merged and written to the changelog follows from the
 * declaration.
 */
export interface Aggregate<E, V> {
  /** Makes the column of an operator that holds it. */
  readonly column: (context: ColumnContext) => Column<E, V>
}

export type Aggregates<E> = Readonly<Record<string, Aggregate<E, unknown>>>
/** What `finish` is given: each aggregate's value. */
export type ValuesOf<A> = { readonly [Name in keyof A]: A[Name] extends Aggregate<never, infer V> ? V : never }

/** The fields of events that hold a type. */
type FieldsOf<E, V> = { [Name in keyof E]: E[Name] extends V ? Name : never }[keyof E] & string
type FieldOf<E, V> = FieldsOf<E, V> | ((event: E) => V)

/** Only the events of which it is true are aggregated. */
interface When<E> {
  readonly when?: (event: E) => boolean
}

/** The aggregates of a stream's events. A field is named, or computed by a function; amounts are whole numbers. */
export function aggregates<E>() {
  const text = ({ textField }: ColumnContext, field: FieldOf<E, string | undefined>): TextField<E> =>
    textField(field) as unknown as TextField<E>
  const amount = (field: FieldOf<E, number>): ((event: E) => number) => reader(field as Field<E, number>)

  function extreme(kind: 'min' | 'max') {
    function of(field: FieldOf<E, number>): Aggregate<E, number>
    function of(field: FieldOf<E, number>, options: When<E>): Aggregate<E, number | undefined>
    function of(field: FieldOf<E, number>, { when }: When<E> = {}): Aggregate<E, number | undefined> {
      return { column: () => new ExtremeColumn(kind, amount(field), when) }
    }
    return of
  }

  return {
    /** How many events. */
    count: ({ when }: When<E> = {}): Aggregate<E, number> => ({ column: () => new CountColumn<E>(when) }),
    /** An exact sum; it becomes a bigint beyond the safe integers. */
    sum: (field: FieldOf<E, number>, { when }: When<E> = {}): Aggregate<E, SumMinor> => ({
      column: () => new SumColumn<E>(amount(field), when),
    }),
    /** The least; with a condition `undefined` where no event met it. */
    min: extreme('min'),
    /** The largest; as `min`. */
    max: extreme('max'),
    /** How often each value occurred; events without one are not counted. */
    countBy: (field: FieldOf<E, string | undefined>, { when }: When<E> = {}): Aggregate<E, Distribution> => ({
      column: (context) => new CountByColumn<E>(context, { field: text(context, field) }, when),
    }),
    /** How often each value occurred, of events that may have several. */
    countEach: (values: FieldOf<E, readonly string[]>, { when }: When<E> = {}): Aggregate<E, Distribution> => ({
      column: (context) => new CountByColumn<E>(context, { many: reader(values as Field<E, readonly string[]>) }, when),
    }),
    /** The exact sum of amounts by value; events without a value are left out. */
    sumBy: (
      field: FieldOf<E, string | undefined>,
      amounts: FieldOf<E, number>,
      { when }: When<E> = {},
    ): Aggregate<E, AmountDistribution> => ({
      column: (context) => new SumByColumn<E>(context, text(context, field), amount(amounts), when),
    }),
    /** The texts of the first events, in partition order; in a shared window the order of the partitions is any. */
    first: (
      most: number,
      field: FieldOf<E, string | undefined>,
      { when }: When<E> = {},
    ): Aggregate<E, readonly string[]> => ({
      column: () => new FirstColumn<E>(most, reader(field as Field<E, string | undefined>), when),
    }),
    /** The source's keys in the window, such as a merchant's customers, and the `top` ones with the most events. */
    keyCounts: (top: number): Aggregate<E, KeyCounts> => ({
      column: (context) => new KeyCountsColumn<E>(context, top),
    }),
    /** The slow lane, for what none of the others says: an accumulator of the job's own, an object for each window. */
    own: <A extends object>(accumulator: Accumulator<E, A>): Aggregate<E, A> => ({
      column: () => new OwnColumn<E, A>(accumulator),
    }),
  }
}
