import { type SumMinor } from '@fintech-streams/contracts'

/** A user's transactions of the last 60 seconds, in cents of US dollars. */
export interface RollingScore {
  readonly sumMinor: SumMinor
  readonly count: number
  /** Every transaction that the log held by then is counted. */
  readonly asOfMs: number
}

/** Where the API reads scores: from its own memory, or from Redis. */
export interface ScoreSource {
  /**
   * The score of a user, zero for one without a transaction in the window and for one never seen.
   * @param customerId a UUID in its usual form, checked by the caller.
   * @throws ScoresUnavailable when it cannot be known.
   */
  read(customerId: string, nowMs: number): Promise<RollingScore>
  /** Whether scores can be read, known without waiting. */
  readonly state: { readonly ready: boolean; readonly detail: string }
  close(): Promise<void>
}

/** No score can be told now; the message says why, and another try may do. */
export class ScoresUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ScoresUnavailable'
  }
}
