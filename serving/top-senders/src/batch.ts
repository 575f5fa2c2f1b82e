import { addMinor, DAY_MS, formatInstant, type SumMinor } from '@fintech-streams/contracts'
import { type ConsumerBatch, type ReadRecords } from '@fintech-streams/kafka'
import { hourOf } from './counted-ids.ts'
import { type CounterState, type PartitionCounter, type TransferSink } from './partition-counter.ts'
import { type Transfer } from './transfer.ts'

/** What a transfer takes in a batch, about: its pair by day and in all, its id. */
const TRANSFER_BYTES = 600

/** What one sender has sent to one receiver. */
export interface PairSum {
  readonly toAccountId: string
  readonly fromAccountId: string
  count: number
  amountMinor: SumMinor
}

/** Ids to remember, of one partition and one hour. */
export interface CountedGroup {
  readonly partition: number
  readonly hourMs: number
  readonly ids: string[]
}

/** What the next database transaction adds. */
export class CounterBatch implements ConsumerBatch, TransferSink {
  /** When the rows of the counted transfers were committed at their source. */
  readonly changedAtMs: number[] = []
  readonly #counterOf: (partition: number) => PartitionCounter
  readonly #days = new Map<string, Map<string, PairSum>>()
  readonly #totals = new Map<string, PairSum>()
  readonly #counted = new Map<string, CountedGroup>()
  readonly #states = new Map<number, CounterState>()

  constructor(counterOf: (partition: number) => PartitionCounter) {
    this.#counterOf = counterOf
  }

  get bytes(): number {
    return TRANSFER_BYTES * this.transfers
  }

  add({ partition, records, nextOffset, endOffset, askedMs }: Omit<ReadRecords, 'position'>): void {
    const counter = this.#counterOf(partition)
    // At its end the partition held nothing more when it was asked; before, no more than what its last record tells.
    const reachedMs = nextOffset >= endOffset ? askedMs : (records.at(-1)?.timestampMs ?? 0)
    counter.process(records, Math.min(askedMs, reachedMs), askedMs, this)
    this.#states.set(partition, counter.state)
  }

  /** Adds a transfer that is counted for the first time. */
  count(transfer: Transfer, partition: number): void {
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

  get states(): readonly CounterState[] {
    return [...this.#states.values()]
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
