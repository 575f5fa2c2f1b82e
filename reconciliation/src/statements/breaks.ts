import { addDays } from '../calendar.ts'
import {
  atOtherRate,
  batchLine,
  chanceOf,
  type UnnumberedLine,
  lineOf,
  type Settlement,
  splitLines,
  unknownId,
  wrongAmount,
} from './unnumbered-lines.ts'
import { named } from './statement.ts'

/** What the matching says of an entry, as far as it is scored. */
export interface FoundEntry {
  readonly status: string
  readonly reason: string | null
  readonly rule: string
  readonly transaction_id: string | null
  readonly bank_reference: string | null
}

type Settlements = readonly [Settlement, ...Settlement[]]

/** A kind of break: how it is made, and what the matching says of one that it finds. */
interface BreakSpec {
  /** Of all breaks, how many are of the kind, in hundredths. */
  readonly weight: number
  /** Of several settlements of one bank, currency and direction, or of one counterparty as well. */
  readonly batch?: 'any' | 'counterparty'
  /** Found only by what fits, not by reference. */
  readonly isFuzzy?: true
  /** What it is about has its right line as well, and the break is a further line. */
  readonly isBesideItsLine?: true
  /** About one entry, however many settlements it has. */
  readonly isOneEntry?: true
  readonly fits?: (settlement: Settlement) => boolean
  /** The lines that the bank writes. */
  readonly lines: (settlements: Settlements, seed: string) => UnnumberedLine[]
  readonly isClaimedBy: (entry: FoundEntry) => boolean
}

const SPLIT_AMOUNT_MIN_MINOR = 300
const isLargeEnough = ({ amountMinor }: Settlement): boolean => amountMinor >= SPLIT_AMOUNT_MIN_MINOR
const withoutReference = (line: UnnumberedLine): UnnumberedLine => ({ ...line, references: [] })
const saying = (status: string) => (entry: FoundEntry) => entry.status === status

const SPECS = {
  MISSING_EXTERNAL: { weight: 18, lines: () => [], isClaimedBy: saying('MISSING_EXTERNAL') },
  MISSING_INTERNAL: {
    weight: 10,
    isBesideItsLine: true,
    isOneEntry: true,
    lines: ([first], seed) => [{ ...lineOf(first, 'unknown'), references: [named(unknownId(seed, first))] }],
    isClaimedBy: saying('MISSING_INTERNAL'),
  },
  AMOUNT_MISMATCH: {
    weight: 14,
    lines: ([first], seed) => [{ ...lineOf(first), amountMinor: wrongAmount(first, chanceOf(seed, first)) }],
    isClaimedBy: ({ status, reason }) => status === 'AMOUNT_MISMATCH' && reason !== 'FX_RATE',
  },
  FX_RATE: {
    weight: 8,
    fits: ({ isConverted, amountMinor }) => isConverted && amountMinor >= 10_00,
    lines: ([first], seed) => [
      { ...lineOf(first), amountMinor: atOtherRate(first.amountMinor, chanceOf(seed, first)) },
    ],
    isClaimedBy: ({ status, reason }) => status === 'AMOUNT_MISMATCH' && reason === 'FX_RATE',
  },
  DUPLICATE_EXTERNAL: {
    weight: 10,
    isOneEntry: true,
    lines: ([first]) => [lineOf(first), lineOf(first, 'again')],
    isClaimedBy: saying('DUPLICATE_EXTERNAL'),
  },
  LATE_SETTLEMENT: {
    weight: 14,
    lines: ([first]) => [{ ...lineOf(first), ...bookedOn(addDays(first.date, 1)) }],
    isClaimedBy: saying('LATE_SETTLEMENT'),
  },
  SPLIT: {
    weight: 8,
    fits: isLargeEnough,
    lines: ([first], seed) => splitLines(first, chanceOf(seed, first)),
    isClaimedBy: ({ status, rule }) => status === 'SPLIT' && rule !== 'SUM_OF_LINES',
  },
  BATCHED: {
    weight: 6,
    batch: 'any',
    lines: (settlements) => [batchLine(settlements, '')],
    isClaimedBy: ({ status, rule }) => status === 'BATCHED' && rule !== 'SUM_OF_TRANSACTIONS',
  },
  NO_REFERENCE: {
    weight: 8,
    isFuzzy: true,
    lines: ([first]) => [withoutReference(lineOf(first))],
    isClaimedBy: ({ status, rule }) => status === 'MATCHED' && rule !== 'REFERENCE',
  },
  SPLIT_NO_REFERENCE: {
    weight: 2,
    isFuzzy: true,
    fits: isLargeEnough,
    lines: ([first], seed) => splitLines(first, chanceOf(seed, first)).map(withoutReference),
    isClaimedBy: ({ status, rule }) => status === 'SPLIT' && rule === 'SUM_OF_LINES',
  },
  BATCHED_NO_REFERENCE: {
    weight: 2,
    batch: 'counterparty',
    isFuzzy: true,
    lines: (settlements) => [withoutReference(batchLine(settlements, settlements[0].counterparty))],
    isClaimedBy: ({ status, rule }) => status === 'BATCHED' && rule === 'SUM_OF_TRANSACTIONS',
  },
} as const satisfies Readonly<Record<string, BreakSpec>>

function bookedOn(date: string) {
  return { valueDate: date, bookingDate: date }
}

export type BreakKind = keyof typeof SPECS
/** What can be wrong with a statement. This is the one list: what is made, labelled and scored derives from it. */
export const BREAKS: Readonly<Record<BreakKind, BreakSpec>> = SPECS
export const BREAK_KINDS = Object.keys(SPECS) as BreakKind[]
export const FUZZY_KINDS: ReadonlySet<BreakKind> = new Set(BREAK_KINDS.filter((kind) => BREAKS[kind].isFuzzy === true))

/** A break that was made, and the transactions that it is about. */
export interface PlannedBreak {
  readonly kind: BreakKind
  readonly settlements: Settlements
}

const BATCH_SIZE_MAX = 5

/**
 * Chooses which settlements are broken and how: `share` of all, and one of each kind at least where there are enough.
 * The order of the settlements decides, so it should be random; the outcome is the same for the same order.
 */
export function planBreaks(settlements: readonly Settlement[], share: number): PlannedBreak[] {
  const left = new Set(settlements)
  const planned: PlannedBreak[] = []
  const wanted = Math.round(settlements.length * share)
  // Batches first: they need several that go together, and those get rare.
  const isBatch = (kind: BreakKind): number => Number(BREAKS[kind].batch !== undefined)
  for (const kind of [...BREAK_KINDS].sort((a, b) => isBatch(b) - isBatch(a))) {
    const count = share === 0 ? 0 : Math.max(1, Math.round((wanted * BREAKS[kind].weight) / 100))
    for (const chosen of BREAKS[kind].batch === undefined ? singles(left, kind, count) : batches(left, kind, count)) {
      for (const settlement of chosen) left.delete(settlement)
      planned.push({ kind, settlements: chosen })
    }
  }
  return planned
}

function singles(left: ReadonlySet<Settlement>, kind: BreakKind, count: number): Settlements[] {
  const { fits = ({ amountMinor }: Settlement) => amountMinor > 0 } = BREAKS[kind]
  return left
    .values()
    .filter(fits)
    .take(count)
    .map((settlement): Settlements => [settlement])
    .toArray()
}

/** Groups that a bank would book as one: of one bank, currency and direction; without references of one counterparty. */
function batches(left: ReadonlySet<Settlement>, kind: BreakKind, count: number): Settlements[] {
  const isAny = BREAKS[kind].batch === 'any'
  const groups = Map.groupBy(left, ({ bankId, currency, direction, counterparty }) =>
    [bankId, currency, direction, isAny ? '' : counterparty].join('/'),
  )
  const size = (n: number): number => 2 + (n % (BATCH_SIZE_MAX - 1))
  const chosen: Settlements[] = []
  let queues = [...groups.values()].filter((group) => group.length >= 2)
  // Round after round, so that no group is used up before another one has given its first batch.
  while (chosen.length < count && queues.length > 0) {
    for (const queue of queues) {
      const [first, ...rest] = queue.splice(0, isAny ? size(chosen.length) : 2)
      if (first !== undefined && chosen.length < count) chosen.push([first, ...rest])
    }
    queues = queues.filter(({ length }) => length >= 2)
  }
  return chosen
}
