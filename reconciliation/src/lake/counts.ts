/** How many records became what, by name. */
export type Counts = Readonly<Record<string, number>>

/** Adds counts to others, in place. */
export function addCounts(to: Record<string, number>, by: Counts): void {
  for (const [name, n] of Object.entries(by)) to[name] = (to[name] ?? 0) + n
}

/** The sum of the counts whose name begins so. */
export function countOf(counts: Counts, prefix: string): number {
  return Object.entries(counts).reduce((sum, [name, n]) => (name.startsWith(prefix) ? sum + n : sum), 0)
}
