import { addMinor, DAY_MS, formatInstant, type SumMinor } from '@fintech-streams/contracts'
import { hourOf } from './counted-ids.ts'
import { type Transfer } from './transfer.ts'

/** What one sender has sent to one receiver. */
export interface PairSum {
  readonly toAccountId: string
  readonly fromAccountId: string
  count: number
  amountMinor: SumMinor
}

/** How far a partition of the log is counted, and what is known at that place. */
export interface Position {
  readonly partition: number
  /** Tells a topic from an earlier one of its name. */
  readonly topicId: string
  readonly nextOffset: number
  /** Everything that the log held by then is counted. */
  readonly asOfMs: number
  readonly latestEventMs: number | undefined
  readonly inSnapshot: boolean
}

/** Ids to remember, of one partition and one hour. */
export interface CountedGroup {
  readonly partition: number
  readonly hourMs: number
  readonly ids: string[]
}

/** What the next database transaction adds. */
export class Batch {
  /** Records read, counted or not. */
  records = 0
  /** When the rows of the counted transfers were committed at their source. */
  readonly changedAtMs: number[] = []
  readonly #days = new Map<string, Map<string, PairSum>>()
  readonly #totals = new Map<string, PairSum>()
  readonly #counted = new Map<string, CountedGroup>()
  readonly #positions = new Map<number, Position>()

  /** Adds a transfer that is counted for the first time. */
  add(transfer: Transfer, partition: number): void {
    const { toAccountId, fromAccountId, transactionId, eventTimeMs } = transfer
    const pair = toAccountId + fromAccountId
    const day = dayOf(eventTimeMs)
    let sums = this.#days.get(day)
    if (sums === undefined) this.#days.set(day, (sums = new Map<string, PairSum>()))
    addTo(sums, pair, transfer)
    addTo(this.#totals, pair, transfer)
    const hourMs = hourOf(eventTimeMs)
    const group = `${partition}/${hourMs}`
    const counted = this.#counted.get(group)
    if (counted === undefined) this.#counted.set(group, { partition, hourMs, ids: [transactionId] })
    else counted.ids.push(transactionId)
    this.changedAtMs.push(transfer.changedAtMs)
  }

  /** How many are counted. */
  get transfers(): number {
    return this.changedAtMs.length
  }

  moveTo(position: Position): void {
    this.#positions.set(position.partition, position)
  }

  /** Sums by UTC day, `2026-11-20`. */
  get days(): ReadonlyMap<string, readonly PairSum[]> {
    return new Map([...this.#days].map(([day, sums]) => [day, [...sums.values()]]))
  }

  get totals(): readonly PairSum[] {
    return [...this.#totals.values()]
  }

  get counted(): readonly CountedGroup[] {
    return [...this.#counted.values()]
  }

  get positions(): readonly Position[] {
    return [...this.#positions.values()]
  }
}

function addTo(sums: Map<string, PairSum>, pair: string, { toAccountId, fromAccountId, amountMinor }: Transfer): void {
  const sum = sums.get(pair)
  if (sum === undefined) {
    sums.set(pair, { toAccountId, fromAccountId, count: 1, amountMinor })
  } else {
    sum.count += 1
    sum.amountMinor = addMinor(sum.amountMinor, amountMinor)
  }
}

let lastDay = Number.NaN
let lastDayText = ''

/** The UTC day of a time, `2026-11-20`. */
export function dayOf(timeMs: number): string {
  const day = Math.floor(timeMs / DAY_MS)
  if (day !== lastDay) {
    lastDayText = formatInstant(day * DAY_MS).slice(0, 10)
    lastDay = day
  }
  return lastDayText
}
