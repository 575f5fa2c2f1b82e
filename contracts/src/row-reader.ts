import { type Column } from './columns.ts'
import { type Location } from './location.ts'

/**
 * Reads the columns of a created row. There are two: one over the bytes, for what a connector writes for a good row, and
 * one over the parsed JSON, for everything. What the first accepts, the second reads the same.
 *
 * A projection such as `readTransaction` is a function of a reader, and checks nothing that it does not ask for.
 */
export interface RowReader {
  /** Event time: `created_at`. */
  readonly eventTimeMs: number
  /** When the change was committed, as its database says. */
  readonly changedAtMs: number
  /** Whether a snapshot read the row, where rows of any age come in any order. */
  readonly isSnapshot: boolean
  /** In lower case. */
  uuid(column: Column<'uuid'>): string
  /** `undefined` where there is none. */
  optionalUuid(column: Column<'uuid'>): string | undefined
  oneOf<V extends string>(column: Column<'enumeration', V>): V
  /** Minor units, not below zero. */
  minor(column: Column<'money'>): number
  /** A text that says something. Anything else is `undefined`. */
  text(column: Column): string | undefined
  flag(column: Column<'boolean'>): boolean
  /** Each text once, in the row's order. */
  texts(column: Column<'texts'>): readonly string[]
  /** One that cannot be read counts as none. */
  location(column: Column<'location'>): Location
}
