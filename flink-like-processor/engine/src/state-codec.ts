import { type SumMinor } from '@fintech-streams/contracts'
import { type ByteWriter } from '@fintech-streams/records'
import { AmountDistribution, Distribution, Tally } from './distribution.ts'

/**
 * State as it stands in the changelog and in partial aggregates: JSON. Accumulators are plain objects whose fields are
 * numbers, sums of money, texts, booleans, null, distributions, arrays of texts or numbers; they are read back along
 * the shape of a fresh one, so a field that was added since keeps its initial value and a removed one is dropped.
 * Version 2 has the ids of transactions as well, which version 1 read from the source again.
 */
export const STATE_VERSION = 2

/** Writes state. Sums beyond the safe integer range become digits in quotes. */
export function encodeState(state: unknown): string {
  try {
    return JSON.stringify(state)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  }
}

/** Writes an accumulator: what `encodeState` says, faster, since its fields are of few kinds. */
export function writeAccumulator(into: ByteWriter, acc: object): void {
  const fields = acc as Readonly<Record<string, unknown>>
  into.ascii('{')
  let isFirst = true
  for (const name in fields) {
    if (!isFirst) into.ascii(',')
    into.ascii(memberOf(name))
    writeField(into, fields[name])
    isFirst = false
  }
  into.ascii('}')
}

/** Field names with quotes and colon: there are a few dozen. */
const members = new Map<string, string>()

function memberOf(name: string): string {
  let member = members.get(name)
  if (member === undefined) {
    member = `${JSON.stringify(name)}:`
    members.set(name, member)
  }
  return member
}

function writeField(into: ByteWriter, value: unknown): void {
  if (value instanceof Tally) value.writeState(into)
  else if (typeof value === 'number') into.number(value)
  else if (Array.isArray(value) && value.length === 0) into.ascii('[]')
  else into.utf8(encodeState(value))
}

/**
 * Gives a fresh accumulator the values of an encoded one.
 * @returns `fresh` itself.
 */
export function restoreInto<T extends object>(fresh: T, encoded: unknown): T {
  if (typeof encoded !== 'object' || encoded === null) return fresh
  const source = encoded as Record<string, unknown>
  const target = fresh as Record<string, unknown>
  for (const name of Object.keys(target)) {
    const value = source[name]
    if (value !== undefined) target[name] = restoredValue(target[name], value)
  }
  return fresh
}

function restoredValue(fresh: unknown, encoded: unknown): unknown {
  if (fresh instanceof Distribution) return new Distribution(encoded as [string, number][])
  if (fresh instanceof AmountDistribution) {
    return new AmountDistribution(
      (encoded as [string, number | string][]).map(([value, sum]) => [value, restoredSum(sum)]),
    )
  }
  if (typeof fresh === 'number' && typeof encoded === 'string') return restoredSum(encoded)
  return encoded
}

/** A sum of money as `encodeState` wrote it. */
export function restoredSum(encoded: number | string): SumMinor {
  return typeof encoded === 'string' ? BigInt(encoded) : encoded
}

/** State of a newer program cannot be read by an older one. */
export class StateVersionError extends Error {
  readonly code = 'state_version'

  constructor(found: number) {
    super(
      `the changelog holds state of version ${found}, this program reads up to ${STATE_VERSION}: ` +
        'run the newer program, or `processor reset` to start from the source again',
    )
    this.name = 'StateVersionError'
  }
}

/** @throws StateVersionError when the state was written by a newer program. */
export function checkStateVersion(found: number): void {
  if (found > STATE_VERSION) throw new StateVersionError(found)
}
