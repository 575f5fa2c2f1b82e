import { type SumMinor } from '@fintech-streams/contracts'
import { type ByteWriter } from '@fintech-streams/records'
import { AmountDistribution, Distribution, Tally } from './distribution.ts'

/**
 * State as it stands in the changelog and in partial aggregates: JSON. Accumulators are plain objects whose fields, all
 * there from the beginning, are numbers, sums of money, texts, booleans, null, distributions, arrays of texts or numbers;
 * they are read back along the shape of a fresh one, so a field that was added since keeps its initial value and a
 * removed one is dropped. Version 3 has the sources of a merged window as well.
 */
export const STATE_VERSION = 3
/** State of version 1 had no ids of events, so it cannot tell a duplicate. */
const OLDEST_VERSION = 2

/** Writes state. Sums beyond the safe integer range become digits in quotes. */
export function encodeState(state: unknown): string {
  try {
    return JSON.stringify(state)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  }
}

/** Writes and reads the accumulators of one job. */
export interface AccumulatorCodec {
  /** Writes what `encodeState` does, faster, since the fields are known and of few kinds. */
  readonly write: (into: ByteWriter, acc: object) => void
  /** @throws for what no accumulator of the job is. */
  readonly restore: (encoded: unknown) => object
}

/** @param create makes a fresh accumulator of the job. */
export function accumulatorCodec(create: () => object): AccumulatorCodec {
  const heads = new Map(Object.keys(create()).map((name) => [name, `${JSON.stringify(name)}:`]))
  return {
    write: (into, acc) => {
      const fields = acc as Readonly<Record<string, unknown>>
      into.ascii('{')
      let isFirst = true
      // Over the object's own names, for which the machine finds each value by its place.
      for (const name in fields) {
        const head = heads.get(name)
        if (head === undefined) continue
        if (!isFirst) into.ascii(',')
        into.ascii(head)
        writeField(into, fields[name])
        isFirst = false
      }
      into.ascii('}')
    },
    restore: (encoded) => restoreInto(create(), encoded),
  }
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
function restoreInto<T extends object>(fresh: T, encoded: unknown): T {
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
  if (fresh instanceof Distribution) return withPairs(fresh, encoded, countOf)
  if (fresh instanceof AmountDistribution) return withPairs(fresh, encoded, sumOf)
  // A number that is none is written as null.
  if (fresh === null || encoded === null) return encoded
  if (typeof fresh === 'number') return typeof encoded === 'number' ? encoded : sumOf(encoded)
  if (typeof fresh === typeof encoded && Array.isArray(fresh) === Array.isArray(encoded)) return encoded
  throw new TypeError(`a ${typeof encoded} where a ${typeof fresh} was kept`)
}

/** Adds the pairs that a tally was written as. */
function withPairs<V extends SumMinor>(tally: Tally<V>, encoded: unknown, read: (sum: unknown) => V): Tally<V> {
  if (!Array.isArray(encoded)) throw new TypeError('not pairs of a value and its sum')
  for (const pair of encoded as unknown[]) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') throw new TypeError('not a pair of a value and its sum')
    tally.add(pair[0], read(pair[1]))
  }
  return tally
}

function countOf(encoded: unknown): number {
  if (typeof encoded === 'number') return encoded
  throw new TypeError('not a count')
}

function sumOf(encoded: unknown): SumMinor {
  if (typeof encoded === 'number') return encoded
  if (typeof encoded === 'string') return BigInt(encoded)
  throw new TypeError('not a sum')
}

/** A sum of money as `encodeState` wrote it. */
export function restoredSum(encoded: number | string): SumMinor {
  return typeof encoded === 'string' ? BigInt(encoded) : encoded
}

/** State that this program cannot read. */
export class StateVersionError extends Error {
  readonly code = 'state_version'

  constructor(found: number) {
    super(
      `the changelog holds state of version ${found}, this program reads ${OLDEST_VERSION} to ${STATE_VERSION}: ` +
        `run the ${found > STATE_VERSION ? 'newer' : 'older'} program, or \`fintech processor reset\` to start from the ` +
        'source again',
    )
    this.name = 'StateVersionError'
  }
}

/** @throws StateVersionError when the state was written by a newer program, or by one that is too old. */
export function checkStateVersion(found: number): void {
  if (found > STATE_VERSION || found < OLDEST_VERSION) throw new StateVersionError(found)
}
