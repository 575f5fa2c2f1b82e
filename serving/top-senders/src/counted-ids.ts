import { HOUR_MS } from '@fintech-streams/contracts'
import { IdTable } from './id-table.ts'

/**
 * The ids of the transactions that one partition has counted, by the hour of their event: a transaction that is sent again
 * has the same event time, so one look-up tells, and an hour beyond the horizon is forgotten whole.
 */
export class CountedIds {
  readonly #hours = new Map<number, IdTable>()

  /** @returns false when the transaction is known. */
  add(transactionId: string, eventTimeMs: number): boolean {
    return this.#hour(hourOf(eventTimeMs)).add(transactionId)
  }

  /** Adds ids that an earlier run has counted, packed. */
  addPacked(hourMs: number, packed: Buffer): void {
    this.#hour(hourMs).addPacked(packed)
  }

  /** Forgets the hours that end at or before a time. */
  forgetBefore(timeMs: number): void {
    for (const hourMs of this.#hours.keys()) if (hourMs + HOUR_MS <= timeMs) this.#hours.delete(hourMs)
  }

  get size(): number {
    return this.#hours.values().reduce((sum, { size }) => sum + size, 0)
  }

  get bytes(): number {
    return this.#hours.values().reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #hour(hourMs: number): IdTable {
    let table = this.#hours.get(hourMs)
    if (table === undefined) this.#hours.set(hourMs, (table = new IdTable()))
    return table
  }
}

/** The beginning of the UTC hour. */
export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS
}
