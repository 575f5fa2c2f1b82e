import {
  type ChangeRecord,
  type IgnoredChange,
  MalformedRecord,
  type MalformedReason,
  readTransaction,
  rowDecoder,
  TRANSACTION_COLUMNS,
  TRANSFER_TYPES,
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
export type SkipReason = MalformedReason | IgnoredChange | 'not_completed' | 'not_a_transfer'

export interface Read {
  /** Undefined where the record tells none. */
  readonly eventTimeMs: number | undefined
  /** Whether the row was read in a snapshot, where rows of any age come in any order. */
  readonly inSnapshot: boolean
  readonly transfer: Transfer | undefined
  /** Set where there is no transfer. */
  readonly skipped: SkipReason | undefined
}

const TRANSFERS: ReadonlySet<string> = new Set(TRANSFER_TYPES)

/** Reads records of `fintech.transactions`. Never throws for what they hold. */
export function transferReader(): (record: ChangeRecord) => Read {
  const decode = rowDecoder((row) => ({
    ...readTransaction(row),
    toAccountId: row.optionalUuid(TRANSACTION_COLUMNS.to_account_id),
    inSnapshot: row.isSnapshot,
  }))
  return (record) => {
    try {
      const row = decode(record)
      return typeof row === 'string' ? skip(row) : readRow(row)
    } catch (error) {
      if (error instanceof MalformedRecord) return skip(error.reason)
      throw error
    }
  }
}

type Row = ReturnType<typeof readTransaction> & { toAccountId: string | undefined; inSnapshot: boolean }

function readRow(row: Row): Read {
  const { eventTimeMs, inSnapshot, accountId: fromAccountId, toAccountId } = row
  const skipped = (reason: SkipReason): Read => ({ eventTimeMs, inSnapshot, transfer: undefined, skipped: reason })
  if (!TRANSFERS.has(row.type)) return skipped('not_a_transfer')
  if (row.status !== 'COMPLETED') return skipped('not_completed')
  if (fromAccountId === undefined || toAccountId === undefined) return skipped('missing_field')
  const { transactionId, amountUsdMinor: amountMinor, changedAtMs } = row
  const transfer = { transactionId, fromAccountId, toAccountId, amountMinor, eventTimeMs, changedAtMs }
  return { eventTimeMs, inSnapshot, transfer, skipped: undefined }
}

function skip(reason: SkipReason): Read {
  return { eventTimeMs: undefined, inSnapshot: false, transfer: undefined, skipped: reason }
}
