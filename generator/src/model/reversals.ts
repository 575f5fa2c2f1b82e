import { type Change } from '@fintech-streams/ledger'
import { type Random } from '../random.ts'
import { type NewTransaction } from './new-transaction.ts'

/** How many completed purchases and payments are remembered; a further one takes the place of any of them. */
const REMEMBERED_MAX = 2_000
export const REFUND_SHARE = 0.015
export const CHARGEBACK_SHARE = 0.003
const PARTIAL_REFUND_SHARE = 0.3

interface Reversible {
  transactionId: string
  original: NewTransaction
}

/** Remembers what was bought, and gives some of it back: each purchase at most once, never more than was paid. */
export class Reversals {
  readonly #random: Random
  readonly #remembered: Reversible[] = []

  constructor(random: Random) {
    this.#random = random
  }

  remember(original: NewTransaction, { transaction }: Change): void {
    const isReversible =
      transaction.status === 'COMPLETED' && (transaction.type === 'PURCHASE' || transaction.type === 'PAYMENT')
    if (!isReversible) return
    const entry = { transactionId: transaction.transactionId, original }
    if (this.#remembered.length < REMEMBERED_MAX) this.#remembered.push(entry)
    else this.#remembered[this.#random.int(0, REMEMBERED_MAX - 1)] = entry
  }

  /** Now and then, the refund or the chargeback of an earlier transaction. */
  next(): NewTransaction | undefined {
    const random = this.#random
    const chosen = random.unit()
    if (chosen >= REFUND_SHARE + CHARGEBACK_SHARE || this.#remembered.length === 0) return undefined
    const isChargeback = chosen < CHARGEBACK_SHARE
    const { transactionId, original } = this.#takeAny()
    const { member, account, channel, place, merchant, amountMinor } = original
    const isPartial = !isChargeback && random.chance(PARTIAL_REFUND_SHARE)
    return {
      member,
      account,
      channel,
      place,
      ...(merchant === undefined ? {} : { merchant }),
      type: isChargeback ? 'CHARGEBACK' : 'REFUND',
      amountMinor: isPartial ? Math.max(1, Math.round(amountMinor * random.uniform(0.2, 0.9))) : amountMinor,
      originalTransactionId: transactionId,
    }
  }

  #takeAny(): Reversible {
    const at = this.#random.int(0, this.#remembered.length - 1)
    const chosen = this.#remembered[at] as Reversible
    const last = this.#remembered.pop() as Reversible
    if (last !== chosen) this.#remembered[at] = last
    return chosen
  }
}
