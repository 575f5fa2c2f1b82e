import { type ByteReader, type ByteWriter } from '@fintech-streams/records'
import { type Lists } from '../cells.ts'
import { type TextField, type Texts } from '../texts.ts'
import { type Rows } from './rows.ts'

/** What the columns of an operator share. */
export interface ColumnContext {
  readonly texts: Texts
  readonly lists: Lists
  /** A field's codes, shared by all columns that read it. */
  readonly textField: (field: string | ((event: never) => string | undefined)) => TextField<never>
  /** The text of one of the source's keys. */
  readonly sourceKey: (key: number) => string
}

/** The kinds of aggregates, as layouts name them. */
export type ColumnKind = 'count' | 'sum' | 'min' | 'max' | 'countBy' | 'sumBy' | 'first' | 'keyCounts' | 'own'

/**
 * One aggregate of a job, for all rows of its tables: how a row's cells are filled, merged, written and read. Every
 * method is about the current row of `rows`. A fresh row is zeros and has been begun.
 */
export abstract class Column<E = never, V = unknown> {
  abstract readonly kind: ColumnKind
  /** How many cells it has in each row. */
  abstract readonly cells: number
  /** Its first cell in a row. */
  at = 0

  /** Gives a row what zeros are not. */
  begin(_rows: Rows): void {}
  /** Takes an event in. */
  abstract add(rows: Rows, event: E): void
  /** What a job's `finish` is given. It may be the same object for every row. */
  abstract value(rows: Rows): V
  /** Writes what another partition's share adds to a window. */
  abstract write(rows: Rows, into: ByteWriter): void
  /** Writes what the changelog's entry of a window has of it. */
  save(rows: Rows, into: ByteWriter): void {
    this.write(rows, into)
  }
  /** Adds what `write` or `save` wrote; it was checked before. */
  abstract merge(rows: Rows, from: ByteReader): void
  /** Adds what state of versions 2 and 3 has, as JSON. @throws TypeError for what no such state is. */
  abstract mergeJson(rows: Rows, encoded: unknown): void
  /** Gives up what a row has outside of its cells. */
  free(_rows: Rows): void {}
}
