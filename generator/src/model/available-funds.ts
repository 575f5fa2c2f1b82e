import { minutes } from '@fintech-streams/contracts'
import { type Account, type Posting } from '@fintech-streams/ledger'

/** How long a pending transaction holds its amount. */
export const HOLD_MS = minutes(15)
/** More holds than this on one account release the oldest. */
const HOLDS_MAX = 1_000

interface Holds {
  /** Oldest first; what lies before `head` is released. */
  queue: { amountMinor: number; untilMs: number }[]
  head: number
  sumMinor: number
}

/**
 * What the accounts can still spend, as far as the generator knows: it decides which transactions are declined. The
 * balances that are written are the database's own.
 */
export class AvailableFunds {
  readonly #holds = new Map<string, Holds>()

  /** What the account can spend: its balance and credit without what is held. */
  availableMinor(account: Account, atMs: number): number {
    return account.balanceMinor + account.creditLimitMinor - this.heldMinor(account, atMs)
  }

  /** What the account's pending transactions hold. */
  heldMinor(account: Account, atMs: number): number {
    const holds = this.#holds.get(account.accountId)
    if (holds === undefined) return 0
    while (holds.head < holds.queue.length && (holds.queue[holds.head]?.untilMs ?? Infinity) <= atMs) release(holds)
    return holds.sumMinor
  }

  /** Carries a posting out: moves the balance, holds what the posting holds, and notes in it all that is held now. */
  book(account: Account, posting: Posting, atMs: number): void {
    account.balanceMinor += posting.deltaMinor
    if (posting.pendingDebitsMinor > 0) this.#hold(account, posting.pendingDebitsMinor, atMs)
    posting.pendingDebitsMinor = this.heldMinor(account, atMs)
  }

  #hold(account: Account, amountMinor: number, atMs: number): void {
    let holds = this.#holds.get(account.accountId)
    if (holds === undefined) {
      holds = { queue: [], head: 0, sumMinor: 0 }
      this.#holds.set(account.accountId, holds)
    }
    if (holds.queue.length - holds.head >= HOLDS_MAX) release(holds)
    holds.queue.push({ amountMinor, untilMs: atMs + HOLD_MS })
    holds.sumMinor += amountMinor
  }
}

function release(holds: Holds): void {
  holds.sumMinor -= holds.queue[holds.head]?.amountMinor ?? 0
  holds.head += 1
  // Cut off what is released once it is most of the queue, so that each hold is moved about once.
  if (holds.head * 2 > holds.queue.length) {
    holds.queue = holds.queue.slice(holds.head)
    holds.head = 0
  }
}
