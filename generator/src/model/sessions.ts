import { minutes } from '@fintech-streams/contracts'
import { type Change } from '@fintech-streams/ledger'
import { type Random } from '../random.ts'
import { type Session } from './records.ts'

/** A session without an action for this long is over. */
const IDLE_MS = minutes(10)
/** A customer signs out after this many actions at most. */
const ACTIONS_MAX = 12

interface OpenSession extends Session {
  /** How many actions this session will have. */
  actionsPlanned: number
}

/** Follows who is signed in, by the devices that transactions come from: at most one open session a device. */
export class SessionBook {
  readonly #random: Random
  /** By device. */
  readonly #open = new Map<string, OpenSession>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Counts a transaction as an action; returns the session that it ended or followed, if it did. */
  follow({ transaction }: Change): Session | undefined {
    const { customerId, deviceFingerprint, ipAddress, channel, createdAtMs: atMs } = transaction
    if (deviceFingerprint === null || ipAddress === null || channel === null) return undefined
    const open = this.#open.get(deviceFingerprint)
    if (open !== undefined && atMs - open.endedAtMs < IDLE_MS) {
      open.actionsCount += 1
      open.endedAtMs = atMs
      return open.actionsCount >= open.actionsPlanned ? this.#close(open) : undefined
    }
    const before = open === undefined ? undefined : this.#close(open)
    this.#open.set(deviceFingerprint, {
      sessionId: this.#random.timedUuid(atMs),
      customerId,
      channel,
      deviceType: channel === 'MOBILE' ? 'PHONE' : 'LAPTOP',
      deviceFingerprint,
      ipAddress,
      location: transaction.location,
      actionsCount: 1,
      startedAtMs: atMs,
      endedAtMs: atMs,
      actionsPlanned: this.#random.int(2, ACTIONS_MAX),
    })
    return before
  }

  /** Ends the sessions in which nothing happens any more. */
  expire(atMs: number): Session[] {
    return [...this.#open.values()]
      .filter(({ endedAtMs }) => atMs - endedAtMs >= IDLE_MS)
      .map((open) => this.#close(open))
  }

  /** Ends all sessions, at a clean stop. */
  closeAll(): Session[] {
    return [...this.#open.values()].map((open) => this.#close(open))
  }

  #close(open: OpenSession): Session {
    this.#open.delete(open.deviceFingerprint)
    return open
  }
}
