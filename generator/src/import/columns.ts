import { UsageError } from '@fintech-streams/service'
import { type Field, FIELDS, type Mapping } from './mapping.ts'

/** The text in a column; undefined where the line has none. */
export type TextOf = (column: string) => string | undefined

/** A line as its columns' texts, or why it has none. The number is that of its first line in the file, from 1. */
export type RawLine =
  { number: number; text: string; textIn: TextOf } | { number: number; text: string; reason: string }

/** A line's fields as texts. A field without a value is not there. */
export type Fields = Partial<Record<Field, string>>

/** The column of each field that is read. */
export type Columns = Partial<Record<Field, string>>

/** Where the API has a field inside another one. */
const NESTED: Columns = { country: 'location.country', city: 'location.city', lat: 'location.lat', lon: 'location.lon' }
const NEEDED: readonly Field[] = ['created_at', 'customer_id', 'amount']

/** The columns of a header, by the names that a mapping can call them. */
export class Header {
  /** A name for each place: the second `Account` is `Account.1`, the seventh without a name `#7`. */
  readonly names: readonly string[]
  readonly #places: ReadonlyMap<string, number>
  readonly #repeated: ReadonlyMap<string, number>

  constructor(values: readonly string[]) {
    const given = values.map((value) => value.trim())
    const names: string[] = []
    for (const [at, name] of given.entries()) names.push(name === '' ? `#${at + 1}` : freeName(name, given, names))
    this.names = names
    const byNumber = names.map((_, at) => [`#${at + 1}`, at] as const)
    this.#places = new Map([...byNumber, ...names.map((name, at) => [name, at] as const)])
    this.#repeated = new Map(
      Object.entries(Object.groupBy(given, (name) => name)).map(([name, all = []]) => [name, all.length]),
    )
  }

  /** Counted from 0; undefined for a column that is not there. */
  placeOf(name: string): number | undefined {
    return this.#places.get(name)
  }

  /** @throws UsageError for a name that several columns have, where nothing shows which of them is meant. */
  requireClear(columns: Columns): void {
    const read = Object.values(columns)
    for (const name of read) {
      const times = this.#repeated.get(name) ?? 1
      if (times === 1 || read.some((other) => other.startsWith(`${name}.`) && this.#places.has(other))) continue
      const numbers = this.names.flatMap((other, at) =>
        other === name || other.startsWith(`${name}.`) ? [`#${at + 1}`] : [],
      )
      throw new UsageError(
        `${times} columns are called "${name}": the mapping must say which, by "${name}.1" for the second one or by place, such as ${numbers.join(' or ')}`,
      )
    }
  }
}

function freeName(name: string, given: readonly string[], taken: readonly string[]): string {
  if (!taken.includes(name)) return name
  let number = 1
  while (taken.includes(`${name}.${number}`) || given.includes(`${name}.${number}`)) number += 1
  return `${name}.${number}`
}

/** Every column that can be read, whether the file has it or not. */
export function wantedColumns({ columns }: Mapping): string[] {
  return columns === undefined ? [...FIELDS, ...Object.values(NESTED)] : Object.values(columns)
}

/**
 * The columns of a file that are read.
 * @param names those that the file has, for the error.
 * @throws UsageError when the mapping names a column that is not there, or nothing says a field that each line needs.
 */
export function columnsRead(mapping: Mapping, has: (name: string) => boolean, names: readonly string[]): Columns {
  const list = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  const columns: Columns = {}
  for (const field of FIELDS) {
    const given = mapping.columns === undefined ? [field, NESTED[field]] : [mapping.columns[field]]
    const found = given.find((name) => name !== undefined && has(name))
    if (found !== undefined) columns[field] = found
    else if (mapping.columns?.[field] !== undefined) {
      throw new UsageError(`${field}: the file has no column "${mapping.columns[field]}": ${list}`)
    }
  }
  const missing = NEEDED.find((field) => columns[field] === undefined && mapping.constants[field] === undefined)
  if (missing === undefined) return columns
  throw new UsageError(`the file has no column for ${missing}: ${list}; name one in a mapping`)
}

/** A record of the file as fields. An empty value counts as none. */
export function fieldsOf(textIn: TextOf, columns: Columns, mapping: Mapping): Fields {
  const fields: Fields = { ...mapping.constants }
  for (const name of FIELDS) {
    const column = columns[name]
    const given = column === undefined ? undefined : textOf(textIn(column))
    if (given === undefined) continue
    const values = mapping.values[name] ?? {}
    const ours = Object.hasOwn(values, given) ? values[given] : given
    if (ours !== undefined && ours !== '') fields[name] = ours
  }
  return fields
}

function textOf(value: string | undefined): string | undefined {
  const text = value?.trim()
  // Half of a surrogate pair is no character, and the database refuses it.
  return text === undefined || text === '' ? undefined : text.toWellFormed()
}
