const SNAPSHOT_OP = '"__op":"r"'

/**
 * Whether a readable record of `fintech.transactions` was written by a snapshot, which brings rows of any age in any order, and
 * again what an earlier one or their creation has brought.
 */
export function isFromSnapshot(value: Buffer): boolean {
  if (!value.includes(SNAPSHOT_OP)) return false
  // A text field may contain the same characters.
  return (JSON.parse(value.toString()) as { __op?: unknown }).__op === 'r'
}
