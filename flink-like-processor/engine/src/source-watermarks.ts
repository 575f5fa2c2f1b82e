import { type SourceEmpty, type SourceWatermark } from './partials.ts'

interface Source {
  /** What the source said; `null` before it had a record. */
  watermarkMs: number | null
  /** What an empty source is taken to have passed. */
  adoptedMs: number | null
  /** What it will be taken to have passed when it says again that it is empty. */
  pendingMs: number | null
}

/**
 * How far all source partitions are. A window is closed when each of them has passed its end.
 *
 * A partition that never had a record would hold back everything. It says every 10 s that it is empty, and each time
 * it is taken to have passed what the others had passed the time before: so it holds a window back for as long as an
 * idle partition would.
 */
export class SourceWatermarks {
  readonly #sources: Source[]
  /** Every window that ends at or before this event time is closed. It only moves forward. */
  closedMs = Number.NEGATIVE_INFINITY

  constructor(sources: number) {
    this.#sources = Array.from({ length: sources }, () => ({ watermarkMs: null, adoptedMs: null, pendingMs: null }))
  }

  /** Takes in what a source says. @returns whether `closedMs` moved. */
  onMessage(message: SourceWatermark | SourceEmpty): boolean {
    const source = this.#sources[message.source]
    if (source === undefined) return false
    if (message.type === 'watermark') {
      source.watermarkMs = Math.max(source.watermarkMs ?? Number.NEGATIVE_INFINITY, message.watermarkMs)
    } else {
      source.adoptedMs = source.pendingMs
      source.pendingMs = this.#furthest()
    }
    return this.#advance()
  }

  #furthest(): number | null {
    const known = this.#sources.map(({ watermarkMs }) => watermarkMs).filter((ms) => ms !== null)
    return known.length === 0 ? null : Math.max(...known)
  }

  #advance(): boolean {
    let passedMs = Number.POSITIVE_INFINITY
    for (const { watermarkMs, adoptedMs } of this.#sources) {
      passedMs = Math.min(passedMs, watermarkMs ?? adoptedMs ?? Number.NEGATIVE_INFINITY)
    }
    if (passedMs <= this.closedMs) return false
    this.closedMs = passedMs
    return true
  }

  toJSON(): { sources: Source[]; closed: number | null } {
    return { sources: this.#sources, closed: Number.isFinite(this.closedMs) ? this.closedMs : null }
  }

  restore(encoded: unknown): void {
    const { sources, closed } = encoded as { sources: Source[]; closed: number | null }
    sources.slice(0, this.#sources.length).forEach((source, at) => Object.assign(this.#sources[at]!, source))
    this.closedMs = closed ?? Number.NEGATIVE_INFINITY
  }
}
