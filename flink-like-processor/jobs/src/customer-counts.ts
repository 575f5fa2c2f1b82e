import { type KeySummary } from '@fintech-streams/engine'

/** The customers of one window, by how many transactions each had in it. */
export interface CustomerCounts {
  /** Distinct customers. */
  unique: number
  /** Customers with at least two transactions. */
  returning: number
  /** The customers with the most transactions, largest first, ties by id. */
  top: [customerId: string, count: number][]
}

/** How many customers a result names. */
export const TOP_CUSTOMERS = 20

/** For a window job whose key customers have in common: `keys: customerCounts`. */
export const customerCounts: KeySummary<CustomerCounts> = {
  none: () => ({ unique: 0, returning: 0, top: [] }),
  of: (counts) => {
    const customers = customerCounts.none()
    for (const [id, count] of counts) {
      customers.unique += 1
      if (count >= 2) customers.returning += 1
      rank(customers.top, [id, count])
    }
    return customers
  },
  restore: (encoded) => {
    const { unique, returning, top } = encoded as Partial<CustomerCounts>
    if (typeof unique === 'number' && typeof returning === 'number' && Array.isArray(top)) {
      return { unique, returning, top }
    }
    throw new TypeError('not counts of customers')
  },
  // Distinct customers add up, and the largest of all are among the largest of each.
  merge: (into, from) => {
    into.unique += from.unique
    into.returning += from.returning
    for (const entry of from.top) rank(into.top, entry)
  },
}

/** Puts a customer among the largest, if it is one of them. */
function rank(top: [string, number][], entry: [string, number]): void {
  if (top.length === TOP_CUSTOMERS && !isLarger(entry, top[TOP_CUSTOMERS - 1]!)) return
  let at = top.length
  while (at > 0 && isLarger(entry, top[at - 1]!)) at -= 1
  top.splice(at, 0, entry)
  if (top.length > TOP_CUSTOMERS) top.pop()
}

/** By count, ties by id. */
function isLarger([id, count]: [string, number], [otherId, otherCount]: [string, number]): boolean {
  return count > otherCount || (count === otherCount && id < otherId)
}
