import { minutes, seconds } from '@fintech-streams/contracts'
import { endHistory, leaseHistory } from '@fintech-streams/ledger'
import { type Progress } from '../produce.ts'
import { type SteadyConnection } from './steady-connection.ts'

/** A run that dies leaves the others waiting for this long, unless it is started again. */
const LEASE_MS = minutes(2)
const SAY_EVERY_MS = seconds(10)

/** Keeps others from writing until the history is complete, and says again and again which of the two it is. */
export class HistoryLease {
  readonly #connection: SteadyConnection
  #phase: Progress['phase'] | undefined
  #saidMs = 0

  constructor(connection: SteadyConnection) {
    this.#connection = connection
  }

  /** To be called before each batch. */
  async follow(phase: Progress['phase']): Promise<void> {
    const nowMs = performance.now()
    if (phase === this.#phase && nowMs - this.#saidMs < SAY_EVERY_MS) return
    await this.#connection.run('anything', (client) =>
      phase === 'history' ? leaseHistory(client, LEASE_MS) : endHistory(client),
    )
    this.#phase = phase
    this.#saidMs = nowMs
  }
}
