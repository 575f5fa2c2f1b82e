/** What one sender has sent to an account. */
export interface Sender {
  readonly fromAccountId: string
  readonly transactionCount: number
  /** US cents, in digits: a sum may leave the safe range of numbers. */
  readonly amountMinor: string
}

export const ORDERS = ['amount', 'count'] as const
export type Order = (typeof ORDERS)[number]

/** What is asked: the largest senders of one account, of all time or of some days. */
export interface SendersRequest {
  readonly accountId: string
  readonly orderBy: Order
  readonly limit: number
  /** Whole UTC days, both included. */
  readonly days: { readonly from: string; readonly to: string } | undefined
}
