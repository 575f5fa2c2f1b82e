/** What an entry of the reconciliation asks for: nothing, patience, or somebody's work. */
export type ReconciliationGroup = 'settled' | 'awaited' | 'break'

/**
 * Every status of an entry of `reconciliation_index`, the most urgent break first. This is the one list: the night
 * refuses to publish another status, and screens, dashboards, labels and scores derive from it.
 */
export const RECONCILIATION_STATUSES = {
  MATCHED: { group: 'settled', meaning: 'Both sides have it, as it should be.' },
  SPLIT: { group: 'settled', meaning: 'One transaction of ours, which the bank booked in several lines.' },
  BATCHED: { group: 'settled', meaning: 'Several transactions of ours, which the bank booked in one line.' },
  AWAITING_STATEMENT: {
    group: 'awaited',
    meaning: "We recorded it, and the bank's statement of that day has not come yet.",
  },
  MISSING_EXTERNAL: {
    group: 'break',
    meaning: 'We recorded it, and no statement so far has it. It may be booked later: a night looks again.',
  },
  MISSING_INTERNAL: { group: 'break', meaning: 'The bank booked it, and no transaction of ours fits.' },
  AMOUNT_MISMATCH: { group: 'break', meaning: 'Both sides have it, with different amounts.' },
  DUPLICATE_EXTERNAL: { group: 'break', meaning: 'The bank booked the same transaction once more.' },
  LATE_SETTLEMENT: {
    group: 'break',
    meaning: 'Both sides have it with the same amount; it was booked later than agreed.',
  },
} as const satisfies Readonly<Record<string, { group: ReconciliationGroup; meaning: string }>>

export type ReconciliationStatus = keyof typeof RECONCILIATION_STATUSES
type StatusOf<G extends ReconciliationGroup> = {
  [S in ReconciliationStatus]: (typeof RECONCILIATION_STATUSES)[S]['group'] extends G ? S : never
}[ReconciliationStatus]

export const RECONCILIATION_STATUS_NAMES = Object.keys(RECONCILIATION_STATUSES) as ReconciliationStatus[]

/** The statuses of a group, in the order of the list. */
export function statusesOf<G extends ReconciliationGroup>(group: G): StatusOf<G>[] {
  return RECONCILIATION_STATUS_NAMES.filter(
    (status): status is StatusOf<G> => RECONCILIATION_STATUSES[status].group === group,
  )
}
