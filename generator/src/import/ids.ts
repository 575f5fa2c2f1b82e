import { createHash } from 'node:crypto'
import { derivedUuid } from '@fintech-streams/ledger'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The id itself where it is a UUID; else one that this text of this kind and source always gets. */
export function idOf(kind: string, text: string, source?: string): string {
  if (UUID.test(text)) return text.toLowerCase()
  return derivedUuid(kind, source === undefined ? text : `${source}\n${text}`)
}

const SLOTS_FIRST = 4_096

/**
 * Gives ids to transactions that have none: by what they say, and by how often the same was said before in the file.
 * Where a line stands does not matter, so an export that begins with the newest gives its lines the same ids next month.
 * It holds 12 bytes a slot and fills at most two thirds of them.
 */
export class UnnamedIds {
  /** Two words of a digest a slot. */
  #digests = new Uint32Array(2 * SLOTS_FIRST)
  /** How often the digest was met; 0 for a free slot. */
  #counts = new Uint32Array(SLOTS_FIRST)
  #used = 0

  /** The id of the next transaction that says this. */
  next(says: string): string {
    const digest = createHash('sha256').update(says).digest()
    const before = this.#count(digest.readUInt32BE(0), digest.readUInt32BE(4))
    return derivedUuid('transaction', before === 0 ? says : `${says}\n${before}`)
  }

  #count(high: number, low: number): number {
    if (3 * this.#used >= 2 * this.#counts.length) this.#grow()
    const slot = this.#slotOf(high, low)
    const before = this.#counts[slot] ?? 0
    if (before === 0) this.#used += 1
    this.#digests[2 * slot] = high
    this.#digests[2 * slot + 1] = low
    this.#counts[slot] = before + 1
    return before
  }

  /** Where this digest is, or the free slot where it belongs. */
  #slotOf(high: number, low: number): number {
    const mask = this.#counts.length - 1
    let slot = low & mask
    while (this.#counts[slot] !== 0 && (this.#digests[2 * slot] !== high || this.#digests[2 * slot + 1] !== low)) {
      slot = (slot + 1) & mask
    }
    return slot
  }

  #grow(): void {
    const digests = this.#digests
    const counts = this.#counts
    this.#digests = new Uint32Array(2 * digests.length)
    this.#counts = new Uint32Array(2 * counts.length)
    for (const [old, count] of counts.entries()) {
      if (count === 0) continue
      const high = digests[2 * old] ?? 0
      const low = digests[2 * old + 1] ?? 0
      const slot = this.#slotOf(high, low)
      this.#digests[2 * slot] = high
      this.#digests[2 * slot + 1] = low
      this.#counts[slot] = count
    }
  }
}
