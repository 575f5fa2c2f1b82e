import { type Expected } from '../oracle/recompute.ts'
import { differences, type Difference, type Shape } from './shape.ts'

/** A record or row as it was found; its value is JSON text, or `null` for a record without one. */
export interface Found {
  key: string
  value: string | null
}

export type Fault = 'missing' | 'duplicate' | 'wrong' | 'unexpected'

export interface Example {
  fault: Fault
  key: string
  differences: Difference[]
}

/** What holds of one topic or table against the recomputation. All of the four faults must be 0. */
export interface Comparison extends Record<Fault, number> {
  name: string
  /** Records that must be there. */
  expected: number
  found: number
  /** Up to three of each fault. */
  examples: Example[]
}

export interface CompareOptions {
  name: string
  shape: Shape
  /**
   * `every`: a topic, in which each expected record stands once. `latest`: a table, in which a key has one row that
   * may be any of the records expected under it.
   */
  keeps: 'every' | 'latest'
  /** A field that tells records of one key apart. */
  distinguishedBy?: string
}

const EXAMPLES_PER_FAULT = 3

/** Holds what was found against what is expected. */
export async function compare(
  expected: Iterable<Expected>,
  found: AsyncIterable<Found> | Iterable<Found>,
  options: CompareOptions,
): Promise<Comparison> {
  const result: Comparison = {
    name: options.name,
    expected: 0,
    found: 0,
    missing: 0,
    duplicate: 0,
    wrong: 0,
    unexpected: 0,
    examples: [],
  }
  const foundByGroup = new Map<string, Found[]>()
  for await (const record of found) {
    result.found += 1
    push(
      foundByGroup,
      groupOf(options, record.key, () => parse(record.value)),
      record,
    )
  }
  const expectedByGroup = new Map<string, Expected[]>()
  for (const record of expected)
    push(
      expectedByGroup,
      groupOf(options, record.key, () => record.value),
      record,
    )
  for (const [group, records] of expectedByGroup) {
    const there = foundByGroup.get(group) ?? []
    foundByGroup.delete(group)
    if (options.keeps === 'every') compareGroup(result, options.shape, records, there)
    else compareLatest(result, options.shape, records, there)
  }
  for (const records of foundByGroup.values()) {
    for (const record of records) note(result, 'unexpected', record.key, whole(undefined, record.value))
  }
  return result
}

/** Each expected record takes one equal record; what is left over on either side is at fault. */
function compareGroup(result: Comparison, shape: Shape, expected: readonly Expected[], found: readonly Found[]): void {
  result.expected += expected.filter((record) => record.required).length
  const left = [...found]
  const unmatched = expected.filter((record) => {
    const at = left.findIndex((candidate) => differences(shape, record.value, parse(candidate.value)).length === 0)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
  unmatched.sort((a, b) => Number(b.required) - Number(a.required))
  for (const record of unmatched) {
    const other = left.shift()
    if (other !== undefined) {
      note(result, 'wrong', record.key, differences(shape, record.value, parse(other.value)))
    } else if (record.required) {
      note(result, 'missing', record.key, whole(record.value, undefined))
    }
  }
  for (const record of left) note(result, 'duplicate', record.key, whole(undefined, record.value))
}

/** The one row may be any of the expected records. */
function compareLatest(result: Comparison, shape: Shape, expected: readonly Expected[], found: readonly Found[]): void {
  const required = expected.find((record) => record.required)
  if (required !== undefined) result.expected += 1
  const [row, ...more] = found
  if (row === undefined) {
    if (required !== undefined) note(result, 'missing', required.key, whole(required.value, undefined))
    return
  }
  const perRecord = expected.map((record) => differences(shape, record.value, parse(row.value)))
  if (perRecord.every((different) => different.length > 0)) note(result, 'wrong', row.key, perRecord.at(-1) ?? [])
  for (const record of more) note(result, 'duplicate', record.key, whole(undefined, record.value))
}

function note(result: Comparison, fault: Fault, key: string, different: Difference[]): void {
  result[fault] += 1
  if (result.examples.filter((example) => example.fault === fault).length < EXAMPLES_PER_FAULT) {
    result.examples.push({ fault, key, differences: different })
  }
}

const whole = (expected: unknown, got: unknown): Difference[] => [{ field: '(record)', expected, got }]

function groupOf(options: CompareOptions, key: string, readValue: () => unknown): string {
  if (options.distinguishedBy === undefined) return key
  const value = readValue()
  const part: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, options.distinguishedBy) : undefined
  return `${key} ${JSON.stringify(part)}`
}

function push<T>(groups: Map<string, T[]>, key: string, value: T): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [value])
  else group.push(value)
}

function parse(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Whether nothing is at fault. */
export function isFlawless(comparison: Comparison): boolean {
  return comparison.missing + comparison.duplicate + comparison.wrong + comparison.unexpected === 0
}
