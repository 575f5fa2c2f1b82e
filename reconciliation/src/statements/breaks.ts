import { type Direction } from './statement.ts'

/** A completed transaction as its bank settles it. */
export interface Settlement {
  readonly transactionId: string
  readonly bankId: string
  readonly date: string
  readonly currency: string
  readonly amountMinor: number
  /** The bank settles in another currency than the transaction's. */
  readonly isConverted: boolean
  readonly direction: Direction
  readonly counterparty: string
}

/** What can be wrong with a statement. The first eight are found by reference, the others only by what fits. */
export const BREAK_KINDS = [
  'MISSING_EXTERNAL',
  'MISSING_INTERNAL',
  'AMOUNT_MISMATCH',
  'FX_RATE',
  'DUPLICATE_EXTERNAL',
  'LATE_SETTLEMENT',
  'SPLIT',
  'BATCHED',
  'NO_REFERENCE',
  'SPLIT_NO_REFERENCE',
  'BATCHED_NO_REFERENCE',
] as const
export type BreakKind = (typeof BREAK_KINDS)[number]

export const FUZZY_KINDS: ReadonlySet<BreakKind> = new Set([
  'NO_REFERENCE',
  'SPLIT_NO_REFERENCE',
  'BATCHED_NO_REFERENCE',
])

/** Of all breaks, how many are of a kind, in hundredths. */
const WEIGHTS: Readonly<Record<BreakKind, number>> = {
  MISSING_EXTERNAL: 18,
  MISSING_INTERNAL: 10,
  AMOUNT_MISMATCH: 14,
  FX_RATE: 8,
  DUPLICATE_EXTERNAL: 10,
  LATE_SETTLEMENT: 14,
  SPLIT: 8,
  BATCHED: 6,
  NO_REFERENCE: 8,
  SPLIT_NO_REFERENCE: 2,
  BATCHED_NO_REFERENCE: 2,
}

/** A break that was made: the transactions that it is about. MISSING_INTERNAL is about none, and has a line instead. */
export interface PlannedBreak {
  readonly kind: BreakKind
  readonly settlements: readonly Settlement[]
}

const BATCH_SIZE_MAX = 5
const SPLIT_AMOUNT_MIN_MINOR = 300

/**
 * Chooses which settlements are broken and how: `share` of all, and one of each kind at least where there are enough.
 * The order of the settlements decides, so it should be random; the outcome is the same for the same order.
 */
export function planBreaks(settlements: readonly Settlement[], share: number): PlannedBreak[] {
  const left = new Set(settlements)
  const planned: PlannedBreak[] = []
  const wanted = Math.round(settlements.length * share)
  // Batches first: they need several that go together, and those get rare.
  const order = [...BREAK_KINDS].sort((a, b) => Number(isBatch(b)) - Number(isBatch(a)))
  for (const kind of order) {
    const count = share === 0 ? 0 : Math.max(1, Math.round((wanted * WEIGHTS[kind]) / 100))
    const chosen = isBatch(kind) ? batches(left, kind, count) : singles(left, kind, count)
    for (const of of chosen) {
      for (const settlement of of) left.delete(settlement)
      planned.push({ kind, settlements: of })
    }
  }
  return planned
}

const isBatch = (kind: BreakKind): boolean => kind === 'BATCHED' || kind === 'BATCHED_NO_REFERENCE'

function singles(left: ReadonlySet<Settlement>, kind: BreakKind, count: number): Settlement[][] {
  const fits = (settlement: Settlement): boolean => {
    if (kind === 'FX_RATE') return settlement.isConverted && settlement.amountMinor >= 10_00
    if (kind === 'SPLIT' || kind === 'SPLIT_NO_REFERENCE') return settlement.amountMinor >= SPLIT_AMOUNT_MIN_MINOR
    return settlement.amountMinor > 0
  }
  return left
    .values()
    .filter(fits)
    .take(count)
    .map((settlement) => [settlement])
    .toArray()
}

/** Groups that a bank would book as one: of one bank, currency and direction; without references of one counterparty. */
function batches(left: ReadonlySet<Settlement>, kind: BreakKind, count: number): Settlement[][] {
  const groups = Map.groupBy(left, ({ bankId, currency, direction, counterparty }) =>
    [bankId, currency, direction, kind === 'BATCHED' ? '' : counterparty].join('/'),
  )
  const size = (n: number): number => 2 + (n % (BATCH_SIZE_MAX - 1))
  const chosen: Settlement[][] = []
  const queues = [...groups.values()].filter((group) => group.length >= 2)
  for (let at = 0; chosen.length < count && queues.length > 0; at = (at + 1) % Math.max(1, queues.length)) {
    const queue = queues[at]!
    const batch = queue.splice(0, kind === 'BATCHED' ? size(chosen.length) : 2)
    chosen.push(batch)
    if (queue.length < 2) queues.splice(at, 1)
  }
  return chosen
}
