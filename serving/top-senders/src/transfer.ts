import {
  decodeTransaction,
  type IgnoredChange,
  isFromSnapshot,
  MalformedRecord,
  type MalformedReason,
  type Transaction,
} from '@fintech-streams/contracts'

/** Money that has arrived: what the counter counts. */
export interface Transfer {
  readonly transactionId: string
  readonly fromAccountId: string
  readonly toAccountId: string
  /** US cents. */
  readonly amountMinor: number
  readonly eventTimeMs: number
  /** When the row was committed, as its database says. */
  readonly changedAtMs: number
}

/** Why a record is not counted. */
export type SkipReason =
  MalformedReason | IgnoredChange | 'tombstone' | 'undecodable' | 'not_completed' | 'not_a_transfer'

export interface Read {
  /** Undefined where the record tells none. */
  readonly eventTimeMs: number | undefined
  /** Whether the row was read in a snapshot, where rows of any age come in any order. */
  readonly inSnapshot: boolean
  readonly transfer: Transfer | undefined
  /** Set where there is no transfer. */
  readonly skipped: SkipReason | undefined
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Reads a record of `fintech.transactions`. Never throws for what it holds. */
export function readTransfer(value: Buffer | null, recordTimestampMs: number): Read {
  if (value === null) return skip('tombstone')
  try {
    const tx = decodeTransaction(value, recordTimestampMs)
    return typeof tx === 'string' ? skip(tx) : readTransaction(tx, value)
  } catch (error) {
    return skip(error instanceof MalformedRecord ? error.reason : 'undecodable')
  }
}

function readTransaction(tx: Transaction, value: Buffer): Read {
  const inSnapshot = isFromSnapshot(value)
  const read = (skipped: SkipReason | undefined, transfer?: Transfer): Read => ({
    eventTimeMs: tx.eventTimeMs,
    inSnapshot,
    transfer,
    skipped,
  })
  if (tx.type !== 'TRANSFER' && tx.type !== 'WIRE_TRANSFER') return read('not_a_transfer')
  if (tx.status !== 'COMPLETED') return read('not_completed')
  const { account_id: fromAccountId, to_account_id: toAccountId } = fieldsOf(value)
  if (fromAccountId === undefined || fromAccountId === null) return read('missing_field')
  if (toAccountId === undefined || toAccountId === null) return read('missing_field')
  if (!isUuid(fromAccountId) || !isUuid(toAccountId)) return read('bad_uuid')
  const { transactionId, amountUsdMinor: amountMinor, eventTimeMs, changedAtMs } = tx
  return read(undefined, { transactionId, fromAccountId, toAccountId, amountMinor, eventTimeMs, changedAtMs })
}

function skip(reason: SkipReason): Read {
  return { eventTimeMs: undefined, inSnapshot: false, transfer: undefined, skipped: reason }
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value)

function fieldsOf(value: Buffer): Record<string, unknown> {
  return JSON.parse(value.toString()) as Record<string, unknown>
}
