import { type Column } from './columns.ts'
import { isObject, type Location, optionalText, readLocation } from './location.ts'
import { MalformedRecord, shown } from './malformed.ts'
import { MoneyError, parseMinor } from './money.ts'
import { type RowReader } from './row-reader.ts'
import { InstantError, parseInstant } from './time.ts'
import { FUTURE_MAX_MS } from './transaction.ts'
import { parseUuid } from './uuid.ts'

const NO_TEXTS: readonly string[] = []

/** The complete reader: one check after the other over the parsed JSON, each of which throws a `MalformedRecord`. */
export class ParsedRow implements RowReader {
  readonly eventTimeMs: number
  readonly changedAtMs: number
  readonly isSnapshot: boolean
  readonly #fields: Readonly<Record<string, unknown>>

  /** @param fields of a record whose `__op` is `c` or `r`. */
  constructor(fields: Readonly<Record<string, unknown>>, recordTimestampMs: number) {
    this.#fields = fields
    this.isSnapshot = fields['__op'] === 'r'
    this.eventTimeMs = this.#instant('created_at')
    const sourceTsMs = fields['__source_ts_ms']
    this.changedAtMs = Number.isSafeInteger(sourceTsMs) ? (sourceTsMs as number) : recordTimestampMs
    const aheadMs = this.eventTimeMs - this.changedAtMs
    if (aheadMs > FUTURE_MAX_MS) {
      throw new MalformedRecord(
        'event_time_in_future',
        `created_at is ${aheadMs} ms after the change itself, at most ${FUTURE_MAX_MS} are allowed`,
      )
    }
  }

  uuid({ name }: Column): string {
    return checkedUuid(name, this.#required(name))
  }

  optionalUuid({ name }: Column): string | undefined {
    const value = this.#fields[name]
    return value === undefined || value === null ? undefined : checkedUuid(name, value)
  }

  oneOf<V extends string>({ name, values = [] }: Column<'enumeration', V>): V {
    const value = this.#required(name)
    const known = values.find((one) => one === value)
    if (known !== undefined) return known
    throw new MalformedRecord('unknown_value', `${name} is ${shown(value)}, expected one of ${values.join(', ')}`)
  }

  minor({ name }: Column): number {
    const value = this.#required(name)
    if (typeof value !== 'string') {
      throw new MalformedRecord('bad_decimal', `${name} is ${shown(value)}, not a decimal string`)
    }
    let minor: number
    try {
      minor = parseMinor(value)
    } catch (error) {
      if (error instanceof MoneyError) throw new MalformedRecord(error.code, `${name}: ${error.message}`)
      throw error
    }
    if (minor < 0) throw new MalformedRecord('negative_amount', `${name} is ${shown(value)}, below zero`)
    return minor
  }

  text({ name }: Column): string | undefined {
    return optionalText(this.#fields[name])
  }

  flag({ name }: Column): boolean {
    return this.#fields[name] === true
  }

  texts({ name }: Column): readonly string[] {
    const value = this.#fields[name]
    if (!Array.isArray(value) || value.length === 0) return NO_TEXTS
    if (value.some((element) => Array.isArray(element))) {
      throw new MalformedRecord('bad_flags', `${name} is an array of arrays, not of texts`)
    }
    const texts = value.filter((element): element is string => typeof element === 'string' && element !== '')
    return texts.length < 2 ? texts : [...new Set(texts)]
  }

  location({ name }: Column): Location {
    return readLocation(this.#fields[name])
  }

  /** A required field's value; the reasons for refusing it are told apart for whoever reads the dead letter. */
  #required(name: string): unknown {
    const value = this.#fields[name]
    if (value === undefined || value === null) throw new MalformedRecord('missing_field', `${name} is missing or null`)
    return value
  }

  #instant(name: string): number {
    const value = this.#required(name)
    if (typeof value !== 'string') throw new MalformedRecord('bad_time', `${name} is ${shown(value)}, not a time`)
    try {
      return parseInstant(value)
    } catch (error) {
      if (error instanceof InstantError) throw new MalformedRecord('bad_time', `${name}: ${error.message}`)
      throw error
    }
  }
}

/** The object that a record's value is. @throws MalformedRecord */
export function parseFields(value: Buffer): Readonly<Record<string, unknown>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(value.toString())
  } catch (error) {
    throw new MalformedRecord('not_json', error instanceof Error ? error.message : 'the value is not JSON')
  }
  if (isObject(parsed)) return parsed
  throw new MalformedRecord('not_an_object', `the value is ${shown(parsed)}, not a JSON object`)
}

function checkedUuid(name: string, value: unknown): string {
  const uuid = parseUuid(value)
  if (uuid !== undefined) return uuid
  throw new MalformedRecord('bad_uuid', `${name} is ${shown(value)}, not a UUID`)
}
