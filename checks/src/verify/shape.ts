import { type FieldKind } from '@fintech-streams/contracts'

/**
 * How a field of a found record is held against what is expected.
 * - `exact`: the same JSON value, members in any order.
 * - `ratio`: a number within the relative tolerance.
 * - `one_of`: an element of the expected set.
 * - `any_text`, `any_object`: free form, only its kind is checked.
 */
export type Check = 'exact' | 'ratio' | 'one_of' | 'any_text' | 'any_object'

/** The fields of a record, all of them: a record with others is wrong. */
export type Shape = Readonly<Record<string, Check>>

export const RATIO_TOLERANCE = 1e-9

export interface Difference {
  field: string
  expected: unknown
  got: unknown
}

export const LATE_SHAPE: Shape = {
  transaction_id: 'exact',
  job: 'exact',
  key: 'exact',
  window_start: 'exact',
  window_end: 'exact',
  event_time: 'exact',
  lateness_ms: 'exact',
  reason: 'exact',
}

export const DEAD_LETTER_SHAPE: Shape = {
  topic: 'exact',
  partition: 'exact',
  offset: 'exact',
  timestamp: 'exact',
  key_base64: 'exact',
  value_base64: 'exact',
  value_bytes: 'exact',
  reason: 'one_of',
  detail: 'any_text',
}

/** The shape of a job's results. Descriptions and evidence are the processor's to word. */
export function resultShape(fields: Readonly<Record<string, FieldKind>>): Shape {
  return Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, checkOf(name, kind)]))
}

function checkOf(name: string, kind: FieldKind): Check {
  if (name === 'description') return 'any_text'
  if (kind === 'object') return 'any_object'
  return kind === 'ratio' ? 'ratio' : 'exact'
}

/** Every field in which a found record is not as expected; none for an equal one. */
export function differences(shape: Shape, expected: Readonly<Record<string, unknown>>, found: unknown): Difference[] {
  if (!isObject(found)) return [{ field: '(record)', expected: 'a JSON object', got: found }]
  const surplus = Object.keys(found).filter((field) => !Object.hasOwn(shape, field))
  return [
    ...surplus.map((field) => ({ field, expected: undefined, got: found[field] })),
    ...Object.entries(shape)
      .filter(([field, check]) => !holds(check, expected[field], found[field]))
      .map(([field, check]) => ({ field, expected: shown(check, expected[field]), got: found[field] })),
  ]
}

function holds(check: Check, expected: unknown, got: unknown): boolean {
  switch (check) {
    case 'exact':
      return isSame(expected, got)
    case 'ratio':
      return typeof expected === 'number' && typeof got === 'number' && isClose(expected, got)
    case 'one_of':
      return expected instanceof Set && expected.has(got)
    case 'any_text':
      return typeof got === 'string'
    case 'any_object':
      return isObject(got)
  }
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= RATIO_TOLERANCE * Math.max(Math.abs(a), Math.abs(b))
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, at) => isSame(element, b[at]))
  }
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a)
    return (
      names.length === Object.keys(b).length &&
      names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
    )
  }
  return a === b
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(check: Check, expected: unknown): unknown {
  if (expected instanceof Set) return [...(expected as ReadonlySet<unknown>)].join(' or ')
  if (check === 'any_text') return 'a text'
  return check === 'any_object' ? 'an object' : expected
}
