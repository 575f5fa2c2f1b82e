import { BREAK_KINDS, type BreakKind, BREAKS, type FoundEntry, FUZZY_KINDS } from './breaks.ts'
import { type BreakLabel } from './generate.ts'

/** How well a kind of break is found. */
export interface KindScore {
  readonly kind: BreakKind
  readonly made: number
  readonly found: number
  /** Entries that are said to be of the kind and are not. */
  readonly invented: number
  /** Of what is said to be of the kind, how much is; 1 where nothing is. */
  readonly precision: number
  /** Of what is of the kind, how much is found; 1 where nothing is. */
  readonly recall: number
}

/** The kind that an entry claims; undefined for a plain match, and for what waits for its statement. */
export const kindOf = (entry: FoundEntry): BreakKind | undefined =>
  BREAK_KINDS.find((kind) => BREAKS[kind].isClaimedBy(entry))

/**
 * Compares what was found with what was made. A break counts as found when every entry that it is about says its kind,
 * with one of its own lines. A break without references that is not found leaves both of its sides unmatched: that is a
 * miss of its own kind and no invention of a missing side.
 */
export function scoreOf(labels: readonly BreakLabel[], entries: readonly FoundEntry[]): KindScore[] {
  const byTransaction = new Map(labels.flatMap((label) => label.transaction_ids.map((id) => [id, label] as const)))
  const byReference = new Map(labels.flatMap((label) => label.bank_references.map((id) => [id, label] as const)))
  const right = new Map<BreakLabel, number>()
  const invented = new Map<BreakKind, number>()
  for (const entry of entries) {
    const kind = kindOf(entry)
    if (kind === undefined) continue
    const label = labelOf(entry, byTransaction, byReference)
    if (label?.kind === kind && isOfLabel(entry, label)) right.set(label, (right.get(label) ?? 0) + 1)
    else if (!isLeftover(kind, label)) invented.set(kind, (invented.get(kind) ?? 0) + 1)
  }
  return BREAK_KINDS.map((kind) => {
    const made = labels.filter((label) => label.kind === kind)
    const found = made.filter((label) => right.get(label) === expectedEntries(label)).length
    const wrong = invented.get(kind) ?? 0
    return {
      kind,
      made: made.length,
      found,
      invented: wrong,
      precision: found + wrong === 0 ? 1 : found / (found + wrong),
      recall: made.length === 0 ? 1 : found / made.length,
    }
  })
}

function labelOf(
  { transaction_id, bank_reference }: FoundEntry,
  byTransaction: ReadonlyMap<string, BreakLabel>,
  byReference: ReadonlyMap<string, BreakLabel>,
): BreakLabel | undefined {
  if (transaction_id !== null) return byTransaction.get(transaction_id)
  return bank_reference === null ? undefined : byReference.get(bank_reference)
}

const isOfLabel = ({ bank_reference }: FoundEntry, label: BreakLabel): boolean =>
  bank_reference === null || label.bank_references.includes(bank_reference)

const isLeftover = (kind: BreakKind, label: BreakLabel | undefined): boolean =>
  (kind === 'MISSING_EXTERNAL' || kind === 'MISSING_INTERNAL') && label !== undefined && FUZZY_KINDS.has(label.kind)

/** Entries of the index that a break is about: its transactions, or the one line that belongs to none. */
const expectedEntries = ({ kind, transaction_ids }: BreakLabel): number =>
  BREAKS[kind].isOneEntry ? 1 : transaction_ids.length
