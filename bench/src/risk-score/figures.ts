/** What one run of one contender measured. Times are processor time for one operation. */
export interface Figures {
  /** With an event in the window, and events in it. */
  readonly users: number
  readonly events: number
  /** Adding an event, the expiry of another included. */
  readonly addNs: number
  readonly readNs: number
  /** The same, many users asked for together. */
  readonly readAllNs?: number
  /** The memory's limit for it: the same two places of arrays of the same size, and nothing else done. */
  readonly limitNs?: number
  /** The same where each place is known only when the one before has been read. */
  readonly latencyNs?: number
  /** Adding one whose ids come as text. */
  readonly textAddNs?: number
  /** The longest that a hundred events took while everything grew. */
  readonly longestPauseMs?: number
  readonly bytes: number
}
