/** Statuses of reconciled entries that need no work: they are on both sides, as they should be. */
export const SETTLED_STATUSES = ['MATCHED', 'SPLIT', 'BATCHED'] as const
/** Statuses that time settles: nobody can say yet whether something is wrong. */
export const AWAITED_STATUSES = ['AWAITING_STATEMENT'] as const
/** Statuses that somebody has to look into, the most urgent first. */
export const BREAK_STATUSES = [
  'MISSING_EXTERNAL',
  'MISSING_INTERNAL',
  'AMOUNT_MISMATCH',
  'DUPLICATE_EXTERNAL',
  'LATE_SETTLEMENT',
] as const

/** Every status of `reconciliation_index`. A night that comes to another one publishes nothing. */
export const RECONCILIATION_STATUSES = [...SETTLED_STATUSES, ...AWAITED_STATUSES, ...BREAK_STATUSES] as const
export type ReconciliationStatus = (typeof RECONCILIATION_STATUSES)[number]

/** What a status means, for people who look at an entry. */
export const STATUS_MEANINGS: Readonly<Record<ReconciliationStatus, string>> = {
  MATCHED: 'Both sides have it, as it should be.',
  SPLIT: 'One transaction of ours, which the bank booked in several lines.',
  BATCHED: 'Several transactions of ours, which the bank booked in one line.',
  AWAITING_STATEMENT: "We recorded it, and the bank's whole statement of that day has not come yet.",
  MISSING_EXTERNAL: 'We recorded it, and no statement so far has it. It may be booked later: a night looks again.',
  MISSING_INTERNAL: 'The bank booked it, and no transaction of ours fits.',
  AMOUNT_MISMATCH: 'Both sides have it, with different amounts.',
  DUPLICATE_EXTERNAL: 'The bank booked the same transaction once more.',
  LATE_SETTLEMENT: 'Both sides have it with the same amount; it was booked later than agreed.',
}

/** What of the banks' statements people have to look into; every other failure is a night's. */
export const STATEMENT_PROBLEMS = ['refused_file', 'rejected_lines', 'incomplete_statement', 'late_statement'] as const
export type StatementProblem = (typeof STATEMENT_PROBLEMS)[number]
