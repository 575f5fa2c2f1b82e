/**
 * What a job wants to know of the source's keys in a window that they share, such as how many customers a merchant had.
 * Exact, because all events of a key are in one partition. A summary is a plain JSON value.
 */
export interface KeySummary<Keys> {
  readonly none: () => Keys
  /** Summarises one source partition's share of a window: each key once, with the number of its events. */
  readonly of: (counts: Iterable<readonly [key: string, events: number]>) => Keys
  /** Reads one back. @throws for anything else. */
  readonly restore: (encoded: unknown) => Keys
  /** Adds the summary of another partition. */
  readonly merge: (into: Keys, from: Keys) => void
}
