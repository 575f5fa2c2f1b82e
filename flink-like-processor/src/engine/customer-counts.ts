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

export const noCustomers = (): CustomerCounts => ({ unique: 0, returning: 0, top: [] })

/** Counts the customers of one source partition's window. */
export function countCustomers(counts: Iterable<[customerId: string, count: number]>): CustomerCounts {
  const customers = noCustomers()
  const all: [string, number][] = []
  for (const entry of counts) {
    customers.unique += 1
    if (entry[1] >= 2) customers.returning += 1
    all.push(entry)
  }
  customers.top = largest(all)
  return customers
}

/**
 * Adds the customers of another partition. Exact, because a customer's transactions are all in one partition: distinct
 * customers add up, and the largest of all are among the largest of each.
 */
export function mergeCustomers(into: CustomerCounts, from: CustomerCounts): void {
  into.unique += from.unique
  into.returning += from.returning
  into.top = largest([...into.top, ...from.top])
}

function largest(entries: [string, number][]): [string, number][] {
  return entries.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)).slice(0, TOP_CUSTOMERS)
}
