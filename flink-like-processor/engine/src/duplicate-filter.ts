import { IdLog } from './id-log.ts'
import { IdSet } from './id-set.ts'
import { type RecordBuffer } from '@fintech-streams/records'

/** Within the horizon an event's id counts once. */
export class DuplicateFilter {
  readonly #log = new IdLog()
  readonly #ids = new IdSet((id, eventTimeMs) => this.#log.add(id, eventTimeMs))

  /**
   * Remembers an event's id; one seen again is remembered until the later of its event times leaves the horizon.
   * @param id a lower-case UUID.
   * @param horizonMs earlier event times are forgotten.
   * @returns whether the id was seen within the horizon before.
   */
  isDuplicate(id: string, eventTimeMs: number, horizonMs: number): boolean {
    return this.#ids.add(id, eventTimeMs, horizonMs)
  }

  /** Writes what a checkpoint has to add to those before, and what it may remove of them. */
  writeChanges(changelog: RecordBuffer, horizonMs: number): void {
    this.#log.writeChanges(changelog, horizonMs)
  }

  /** Takes an entry of the changelog back; ids behind the horizon stay forgotten. */
  restore(key: string, value: Buffer | null, horizonMs: number): void {
    if (value === null) return this.#log.restoreForgotten(key)
    this.#log.restore(key, value.toString('latin1'), (id, eventTimeMs) => {
      if (eventTimeMs >= horizonMs) this.#ids.restore(id, eventTimeMs, horizonMs)
    })
  }
}
