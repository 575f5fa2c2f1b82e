import { MalformedRecord, shown } from './malformed.ts'
import { ParsedRow, parseFields } from './parsed-row.ts'
import { type RowReader } from './row-reader.ts'
import { RowScanner } from './row-scanner.ts'
import { readTransaction, type Transaction, TRANSACTION_COLUMNS } from './transaction-row.ts'

/** What a decoder looks at of a record. */
export interface ChangeRecord {
  readonly value: Buffer | null
  /** The record's own time. */
  readonly timestampMs: number
  /** None where it is left out. */
  readonly headers?: ReadonlyMap<string, Buffer | null> | undefined
}

/** Changes that create no row: counted in a metric, never in a result. */
export type IgnoredChange = 'tombstone' | 'update' | 'delete' | 'moved'

/**
 * Header of a created row whose key was another one before: an update of the column that a topic is keyed by arrives as
 * a delete under the old key and a create under the new one.
 */
export const OLD_KEY_HEADER = '__debezium.oldkey'

/**
 * Decodes a record of `fintech.transactions`, or says which kind of change it is instead of a creation.
 * @throws MalformedRecord, and nothing else, with the reason and a sentence that names the field.
 */
export type RowDecoder<T extends object> = (record: ChangeRecord) => T | IgnoredChange

/**
 * A decoder that reads of a row what a projection reads of it. Only those fields are checked: unknown extra fields, an
 * unknown channel, an unreadable location and unknown flags are no reason to refuse a record.
 */
export function rowDecoder<T extends object>(projection: (row: RowReader) => T): RowDecoder<T> {
  const scanner = new RowScanner(TRANSACTION_COLUMNS)
  return (record) => {
    const { value, timestampMs } = record
    if (value === null) return 'tombstone'
    const isMoved = record.headers?.has(OLD_KEY_HEADER) === true
    try {
      const fast = isMoved ? undefined : scanner.read(value, timestampMs, projection)
      return fast ?? decodeCompletely(value, timestampMs, isMoved, projection)
    } catch (error) {
      if (error instanceof MalformedRecord) throw error
      // No record may stop whoever reads it, whatever goes wrong on the way.
      throw new MalformedRecord('undecodable', `decoding failed: ${String(error)}`, error)
    }
  }
}

/** A decoder of what the jobs read. */
export const transactionDecoder = (): RowDecoder<Transaction> => rowDecoder(readTransaction)

/** The decoder for every case. */
export function decodeCompletely<T extends object>(
  value: Buffer,
  recordTimestampMs: number,
  isMoved: boolean,
  projection: (row: RowReader) => T,
): T | IgnoredChange {
  const fields = parseFields(value)
  const op = fields['__op']
  if (op === 'u') return 'update'
  if (op === 'd') return 'delete'
  if (op !== 'c' && op !== 'r') {
    throw new MalformedRecord('unknown_op', `__op is ${shown(op)}, expected one of c, r, u, d`)
  }
  return isMoved && op === 'c' ? 'moved' : projection(new ParsedRow(fields, recordTimestampMs))
}
