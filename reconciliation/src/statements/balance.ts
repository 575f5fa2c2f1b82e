import { formatMinor } from '@fintech-streams/contracts'
import { type StatementLine } from './statement.ts'

export interface Balance {
  readonly currency: string
  /** Below zero where the account is overdrawn. */
  readonly amountMinor: number
}

/** Why a statement does not lead from one balance to the other; null where it does, or its currencies differ. */
export function imbalanceOf(
  opening: Balance | undefined,
  lines: readonly StatementLine[],
  closing: Balance | undefined,
): string | null {
  if (opening === undefined || closing === undefined) return null
  if ([closing, ...lines].some(({ currency }) => currency !== opening.currency)) return null
  const sum = lines.reduce((total, line) => total + signed(line), 0n)
  const end = BigInt(opening.amountMinor) + sum
  if (end === BigInt(closing.amountMinor)) return null
  const [from, by, to, stated] = [opening.amountMinor, sum, end, closing.amountMinor].map(formatMinor)
  return `opening balance ${from} and entries of ${by} make ${to}, its closing balance is ${stated} ${opening.currency}`
}

const signed = ({ direction, amountMinor }: StatementLine): bigint =>
  direction === 'CRDT' ? BigInt(amountMinor) : -BigInt(amountMinor)
