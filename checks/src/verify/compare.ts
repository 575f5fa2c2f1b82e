import { DEAD_LETTER_TOPIC, type FieldKind, LATE_TOPIC } from '@fintech-streams/contracts'
import { type Expected } from '../oracle/recompute.ts'
import { DEAD_LETTER_SHAPE, differences, LATE_SHAPE, resultShape, type Difference, type Shape } from './shape.ts'

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

/** How a job's topic is compared. */
export const resultOptions = (name: string, fields: Readonly<Record<string, FieldKind>>): CompareOptions => ({
  name,
  shape: resultShape(fields),
  keeps: 'every',
})

/** How `fintech.late` is compared. */
export const LATE_OPTIONS: CompareOptions = {
  name: LATE_TOPIC,
  shape: LATE_SHAPE,
  keeps: 'every',
  distinguishedBy: 'job',
}

/** How `fintech.dead_letter` is compared. */
export const DEAD_LETTER_OPTIONS: CompareOptions = { name: DEAD_LETTER_TOPIC, shape: DEAD_LETTER_SHAPE, keeps: 'every' }

const EXAMPLES_PER_FAULT = 3
const NOTHING = { expected: 0, found: 0, missing: 0, duplicate: 0, wrong: 0, unexpected: 0 }

/** What was found under one key and is not matched yet, and what has been expected there without a match. */
interface Group {
  key: string
  left: (string | null)[]
  unmatched: Expected[]
  isExpected: boolean
  isRequired: boolean
  isMatched: boolean
}

/**
 * Holds what was found against what is expected. Expected records are not kept, so that memory follows what was found:
 * each takes one equal record of its group out, and what is left over on either side at the end is at fault.
 */
export async function compare(
  expected: Iterable<Expected>,
  found: AsyncIterable<Found> | Iterable<Found>,
  options: CompareOptions,
): Promise<Comparison> {
  const { name, shape, keeps } = options
  const result: Comparison = { name, ...NOTHING, examples: [] }
  const groups = new Map<string, Group>()
  for await (const { key, value } of found) {
    result.found += 1
    groupAt(
      groups,
      key,
      identityOf(options, key, () => parse(value)),
    ).left.push(value)
  }
  for (const record of expected) {
    const identity = identityOf(options, record.key, () => record.value)
    const group = groupAt(groups, record.key, identity)
    if (record.required && (keeps === 'every' || !group.isRequired)) result.expected += 1
    group.isExpected = true
    group.isRequired ||= record.required
    take(group, record, options)
    if (keeps === 'every' && group.left.length === 0 && group.unmatched.length === 0) groups.delete(identity)
  }
  for (const group of groups.values()) {
    if (keeps === 'every') judgeEvery(result, shape, group)
    else judgeLatest(result, shape, group)
  }
  return result
}

function take(group: Group, record: Expected, { shape, keeps }: CompareOptions): void {
  const at = group.left.findIndex((value) => differences(shape, record.value, parse(value)).length === 0)
  if (at === -1) group.unmatched.push(record)
  else group.isMatched = true
  if (at !== -1 && keeps === 'every') group.left.splice(at, 1)
}

function judgeEvery(result: Comparison, shape: Shape, { key, left, unmatched, isExpected }: Group): void {
  unmatched.sort((a, b) => Number(b.required) - Number(a.required))
  for (const { value, required } of unmatched) {
    const other = left.shift()
    if (other !== undefined) note(result, 'wrong', key, differences(shape, value, parse(other)))
    else if (required) note(result, 'missing', key, whole(value, undefined))
  }
  for (const value of left) note(result, isExpected ? 'duplicate' : 'unexpected', key, whole(undefined, value))
}

/** A row may be any of the records expected under its key. */
function judgeLatest(result: Comparison, shape: Shape, group: Group): void {
  const { key, left, unmatched, isExpected, isRequired, isMatched } = group
  const [first, ...more] = left
  const last = unmatched.at(-1)
  if (first === undefined) {
    if (isRequired) note(result, 'missing', key, whole(last?.value, undefined))
    return
  }
  if (!isExpected) note(result, 'unexpected', key, whole(undefined, first))
  else if (!isMatched && last !== undefined) note(result, 'wrong', key, differences(shape, last.value, parse(first)))
  for (const value of more) note(result, isExpected ? 'duplicate' : 'unexpected', key, whole(undefined, value))
}

function note(result: Comparison, fault: Fault, key: string, different: Difference[]): void {
  result[fault] += 1
  if (result.examples.filter((example) => example.fault === fault).length < EXAMPLES_PER_FAULT) {
    result.examples.push({ fault, key, differences: different })
  }
}

const whole = (expected: unknown, got: unknown): Difference[] => [{ field: '(record)', expected, got }]

function groupAt(groups: Map<string, Group>, key: string, identity: string): Group {
  const known = groups.get(identity)
  if (known !== undefined) return known
  const group = { key, left: [], unmatched: [], isExpected: false, isRequired: false, isMatched: false }
  groups.set(identity, group)
  return group
}

function identityOf({ distinguishedBy }: CompareOptions, key: string, readValue: () => unknown): string {
  if (distinguishedBy === undefined) return key
  const value = readValue()
  const part: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, distinguishedBy) : undefined
  return `${key} ${JSON.stringify(part)}`
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
