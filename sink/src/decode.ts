import { type FieldKind, isUuid, shown } from '@fintech-streams/contracts'
import { type SinkTable } from './tables.ts'

export type MalformedReason = 'no_value' | 'not_json' | 'not_an_object' | 'missing_field' | 'bad_value'

/** A result that cannot become a row: it goes to the dead-letter topic with this reason. */
export class MalformedResult extends Error {
  readonly reason: MalformedReason

  constructor(reason: MalformedReason, detail: string) {
    super(detail)
    this.name = 'MalformedResult'
    this.reason = reason
  }
}

/** A result that fits its table. */
export interface Row {
  /** Equal for records of the same key. */
  readonly identity: string
  /** The record as it came; Postgres reads it itself. */
  readonly json: string
}

/**
 * Checks a result against its table's declaration. What only Postgres can tell, such as a number beyond its type, it
 * tells when the row is written.
 * @throws MalformedResult with the reason and a sentence that names the field.
 */
export function decodeRow(table: SinkTable, value: Buffer | null): Row {
  if (value === null) throw new MalformedResult('no_value', 'the record is a tombstone, results are never deleted')
  const json = value.toString()
  const record = parseObject(json)
  for (const name in table.fields) checkField(name, table.fields[name]!, record[name])
  return { identity: JSON.stringify(table.key.map((name) => record[name])), json }
}

function parseObject(json: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    throw new MalformedResult('not_json', error instanceof Error ? error.message : 'the value is not JSON')
  }
  if (isObject(parsed)) return parsed
  throw new MalformedResult('not_an_object', `the value is ${shown(parsed)}, not a JSON object`)
}

function checkField(name: string, kind: FieldKind, value: unknown): void {
  if (value === undefined || value === null) {
    if (kind.endsWith('?')) return
    throw new MalformedResult('missing_field', `${name} is missing or null`)
  }
  if (!FITS[(kind.endsWith('?') ? kind.slice(0, -1) : kind) as keyof typeof FITS](value)) {
    throw new MalformedResult('bad_value', `${name} is ${shown(value)}, expected ${kind}`)
  }
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

const isText = (value: unknown): value is string => typeof value === 'string'
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const FITS: Readonly<Record<Exclude<FieldKind, `${string}?`>, (value: unknown) => boolean>> = {
  id: isUuid,
  text: isText,
  count: Number.isSafeInteger,
  ratio: Number.isFinite,
  money: (value) => isText(value) && DECIMAL.test(value),
  boolean: (value) => typeof value === 'boolean',
  time: (value) => isText(value) && INSTANT.test(value),
  distribution: isObject,
  amounts: isObject,
  list: Array.isArray,
  object: isObject,
}
