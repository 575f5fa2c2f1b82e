/** What a column of a change topic can hold, and how it is declared. */

/** A kind of column: its type in Postgres, and in the lake's files. */
export const COLUMN_KINDS = {
  uuid: { sql: 'uuid', lake: 'VARCHAR' },
  text: { sql: 'text', lake: 'VARCHAR' },
  /** A text of a fixed list. */
  enumeration: { sql: 'text', lake: 'VARCHAR' },
  currency: { sql: 'char(3)', lake: 'VARCHAR' },
  code: { sql: 'char(4)', lake: 'VARCHAR' },
  address: { sql: 'inet', lake: 'VARCHAR' },
  /** A decimal string, not below zero. */
  money: { sql: 'numeric(18,2)', lake: 'DECIMAL(18,2)' },
  rate: { sql: 'numeric(18,8)', lake: 'DECIMAL(18,8)' },
  score: { sql: 'numeric(5,2)', lake: 'DECIMAL(5,2)' },
  boolean: { sql: 'boolean', lake: 'BOOLEAN' },
  /** The lake has texts sorted, with commas between. */
  texts: { sql: 'text[]', lake: 'VARCHAR' },
  /** JSON text on the wire. The lake has its country and its city. */
  location: { sql: 'jsonb', lake: undefined },
  instant: { sql: 'timestamptz(3)', lake: 'TIMESTAMP WITH TIME ZONE' },
} as const satisfies Record<string, { sql: string; lake: string | undefined }>
export type ColumnKind = keyof typeof COLUMN_KINDS

/** A kind's value in a change record's JSON. */
export type WireValue<K extends ColumnKind, V extends string = string> = K extends 'boolean'
  ? boolean
  : K extends 'texts'
    ? string[]
    : K extends 'enumeration'
      ? V
      : string

export interface ColumnDeclaration<
  K extends ColumnKind = ColumnKind,
  V extends string = string,
  N extends boolean = boolean,
> {
  readonly kind: K
  /** A value that a good record may have. Rows in tests are made of these. */
  readonly example: WireValue<K, V> | (N extends true ? null : never)
  /** What it holds, for the documents. */
  readonly about?: string
  /** Whether Postgres takes a null. */
  readonly nullable?: N
  /** All values of an enumeration. */
  readonly values?: readonly V[]
  /** Whether no two records have the same value. */
  readonly isUnique?: boolean
  /** Whether most records have one of a few dozen values; these are then kept once in memory. */
  readonly repeats?: boolean
}

export interface Column<
  K extends ColumnKind = ColumnKind,
  V extends string = string,
  N extends boolean = boolean,
> extends ColumnDeclaration<K, V, N> {
  readonly name: string
  /** Its place among the table's columns. */
  readonly slot: number
  readonly nullable: N
}

/** Declares one column. The function only fixes the types. */
export const column = <const K extends ColumnKind, const V extends string = never, const N extends boolean = false>(
  kind: K,
  declaration: Omit<ColumnDeclaration<K, V, N>, 'kind'>,
): ColumnDeclaration<K, V, N> => ({ kind, ...declaration })

export type Columns<D extends Readonly<Record<string, ColumnDeclaration>>> = {
  readonly [Name in keyof D]: Column<
    D[Name]['kind'],
    NonNullable<D[Name]['values']>[number],
    NonNullable<D[Name]['nullable']> extends true ? true : false
  >
}

/** A table's columns, in the order of their declaration. */
export function columns<const D extends Readonly<Record<string, ColumnDeclaration>>>(declarations: D): Columns<D> {
  const entries = Object.entries(declarations).map(([name, declaration], slot): [string, Column] => [
    name,
    { nullable: false, ...declaration, name, slot },
  ])
  return Object.fromEntries(entries) as unknown as Columns<D>
}

/** A row's JSON in a change topic, without the change's own fields. */
export type RowOf<C extends Readonly<Record<string, Column>>> = {
  -readonly [Name in keyof C]:
    | WireValue<C[Name]['kind'], NonNullable<C[Name]['values']>[number]>
    | (C[Name]['nullable'] extends true ? null : never)
}
