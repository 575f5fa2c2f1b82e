import { createHash } from 'node:crypto'

/**
 * Accounts and pairs by number, the same here and in SQL. Ids are spread over their whole range, as random ones are, so
 * that no index profits from an order that life does not have.
 */
export const accountOf = (n: number): string => {
  const hex = createHash('md5').update(String(n)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export interface Pairs {
  readonly accounts: number
  /** Each account receives from `pairs / accounts` others. */
  readonly pairs: number
}

/** Numbers of the receiver and the sender of a pair. */
export function pairOf({ accounts }: Pairs, n: number): { to: number; from: number } {
  const to = n % accounts
  return { to, from: (to + 1 + Math.floor(n / accounts) * 37) % accounts }
}

/** The pairs from `first` up to `last` as rows of `serving.top_senders`, made by Postgres. */
export function pairsSql({ accounts }: Pairs, first: number, last: number): string {
  const to = `n % ${accounts}`
  const from = `(${to} + 1 + n / ${accounts} * 37) % ${accounts}`
  return `select md5((${to})::text)::uuid as to_account_id, md5((${from})::text)::uuid as from_account_id,
    (1 + n % 7)::bigint as transaction_count, (100 + n * 7919 % 1000000)::bigint as amount_minor
    from generate_series(${first}::bigint, ${last - 1}::bigint) as n`
}
