import { type ByteReader, type ByteWriter, EncodingError } from '@fintech-streams/records'
import { type Aggregates } from './aggregates.ts'
import { type Column, type ColumnContext, type ColumnKind } from './columns/column.ts'
import { KeyCountsColumn } from './columns/key-counts.ts'
import { type Rows } from './columns/rows.ts'
import { fnv1a } from './fnv1a.ts'

interface Member {
  readonly name: string
  readonly column: Column
}

/** A written row's aggregates, in order. */
type Written = readonly (readonly [name: string, kind: ColumnKind])[]

/** A job's aggregates as columns, and as they are written: in order, each by its name and its kind. */
export class Layout {
  /** What a written row consists of, as JSON. */
  readonly text: string
  /** Names the text in the changelog. */
  readonly hash: string
  /** Cells of a row. */
  readonly cells: number
  readonly columns: readonly Column[]
  readonly keyCounts: KeyCountsColumn<never> | undefined
  /** Whether merging may find that a row's accumulator is none of the job's. */
  readonly hasOwn: boolean
  readonly #members: readonly Member[]
  readonly #values: Record<string, unknown> = {}

  /** @param head cells of a row in front of the columns'. */
  constructor(jobId: string, aggregates: Aggregates<never>, context: ColumnContext, head: number) {
    let at = head
    this.#members = Object.entries(aggregates).map(([name, aggregate]) => {
      const column = aggregate.column(context)
      column.at = at
      at += column.cells
      return { name, column }
    })
    this.cells = at
    this.columns = this.#members.map(({ column }) => column)
    this.keyCounts = this.columns.find((column) => column instanceof KeyCountsColumn)
    this.hasOwn = this.columns.some(({ kind }) => kind === 'own')
    this.text = JSON.stringify({ job: jobId, columns: this.#members.map(({ name, column }) => [name, column.kind]) })
    this.hash = fnv1a(this.text).toString(16).padStart(8, '0')
  }

  begin(rows: Rows): void {
    for (const column of this.columns) column.begin(rows)
  }

  add(rows: Rows, event: never): void {
    const { columns } = this
    for (let at = 0; at < columns.length; at += 1) columns[at]!.add(rows, event)
  }

  /** Every aggregate's value in the current row, in one object that is used again. */
  values(rows: Rows): Readonly<Record<string, unknown>> {
    for (const { name, column } of this.#members) this.#values[name] = column.value(rows)
    return this.#values
  }

  write(rows: Rows, into: ByteWriter): void {
    for (const column of this.columns) column.write(rows, into)
  }

  save(rows: Rows, into: ByteWriter): void {
    for (const column of this.columns) column.save(rows, into)
  }

  free(rows: Rows): void {
    for (const column of this.columns) column.free(rows)
  }

  /** Makes a row what it was when it was begun, but for its pairs of keys. */
  clear(rows: Rows): void {
    for (const column of this.columns) {
      column.free(rows)
      const from = rows.base + column.at
      if (!(column instanceof KeyCountsColumn)) rows.floats.fill(0, from, from + column.cells)
      column.begin(rows)
    }
  }

  /**
   * Adds a written row to the current one. One that was written by another form of the job is taken by its names: what is
   * new since keeps its first value, what is gone is dropped.
   */
  merge(rows: Rows, written: WrittenLayout, from: ByteReader): void {
    if (written.text === this.text) {
      for (const column of this.columns) column.merge(rows, from)
      return
    }
    for (const [name, kind] of written.columns) {
      const own = this.#members.find((member) => member.name === name && member.column.kind === kind)
      if (own === undefined) skipColumn(kind, from)
      else own.column.merge(rows, from)
    }
  }

  /** Adds an accumulator of state version 2 or 3. @throws TypeError for what is none of the job's. */
  mergeJson(rows: Rows, encoded: unknown, keys: unknown): void {
    if (typeof encoded !== 'object' || encoded === null) throw new TypeError('not an accumulator')
    const fields = encoded as Record<string, unknown>
    for (const { name, column } of this.#members) {
      const value = column instanceof KeyCountsColumn ? keys : fields[name]
      if (value !== undefined && value !== null) column.mergeJson(rows, value)
    }
  }
}

/** How a row was written. */
export interface WrittenLayout {
  readonly text: string
  readonly job: string
  readonly columns: Written
}

const KINDS: readonly string[] = [
  'count',
  'sum',
  'min',
  'max',
  'countBy',
  'sumBy',
  'first',
  'keyCounts',
  'own',
] satisfies readonly ColumnKind[]

/** Reads a layout's text. @throws EncodingError for anything else. */
export function parseLayout(text: string): WrittenLayout {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new EncodingError('no layout of a row')
  }
  const { job, columns } = (parsed ?? {}) as { job?: unknown; columns?: unknown }
  const isColumn = (one: unknown): boolean =>
    Array.isArray(one) && typeof one[0] === 'string' && KINDS.includes(one[1] as string)
  if (typeof job !== 'string' || !Array.isArray(columns) || !columns.every(isColumn)) {
    throw new EncodingError('no layout of a row')
  }
  return { text, job, columns: columns }
}

/** Passes over a row, and sees that it is one. @throws EncodingError */
export function skipRow({ columns }: WrittenLayout, from: ByteReader): void {
  for (const [, kind] of columns) skipColumn(kind, from)
}

function skipColumn(kind: ColumnKind, from: ByteReader): void {
  switch (kind) {
    case 'count':
      from.varint()
      return
    case 'sum':
      return skipSum(from)
    case 'min':
    case 'max':
      from.float64()
      return
    case 'countBy':
      return skipPairs(from, () => from.varint())
    case 'sumBy':
      return skipPairs(from, () => skipSum(from))
    case 'first':
      return skipPairs(from, () => undefined)
    case 'keyCounts':
      from.varint()
      from.varint()
      return skipPairs(from, () => from.varint())
    case 'own':
      JSON.parse(from.text())
  }
}

function skipPairs(from: ByteReader, skipValue: () => void): void {
  for (let left = from.varint(); left > 0; left -= 1) {
    from.skipText()
    skipValue()
  }
}

function skipSum(from: ByteReader): void {
  const sum = from.float64()
  if (Number.isSafeInteger(sum)) return
  if (!Number.isNaN(sum) || !/^-?\d+$/.test(from.text())) throw new EncodingError('not a sum')
}
