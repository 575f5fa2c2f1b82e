import { type TransactionType } from '@fintech-streams/contracts'
import { isDebit } from './change.ts'
import { multiplyE8 } from './conversion.ts'

/** US cents. A wire has a price; money across a border costs 1 %, and cash there a fixed fee as well. */
export function feeMinor(type: TransactionType, amountUsdMinor: number, isCrossBorder: boolean): number {
  if (!isDebit(type)) return 0
  const abroad = isCrossBorder ? multiplyE8(amountUsdMinor, 1_000_000) : 0
  if (type === 'WIRE_TRANSFER') return 25_00 + abroad
  return type === 'WITHDRAWAL' && isCrossBorder ? 3_00 + abroad : abroad
}
