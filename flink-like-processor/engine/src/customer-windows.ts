import { DAY_MS, type Transaction } from '@fintech-streams/contracts'
import { PATTERN_RETENTION_MS } from './customer-pattern.ts'
import { CustomerState, type CustomerWindow, type EncodedCount } from './customer-state.ts'
import { type AnyWindowJob } from './job.ts'
import { OpenWindows } from './open-windows.ts'
import { type RecordBuffer } from '@fintech-streams/records'

/** Changelog keys of customers begin with this. */
export const CUSTOMER_PREFIX = 'c/'

/** The customers of one partition with their patterns and the open windows of the jobs keyed by customer. */
export class CustomerWindows {
  readonly #jobs: readonly AnyWindowJob[]
  readonly #open: ReadonlyMap<AnyWindowJob, OpenWindows<CustomerWindow>>
  readonly #customers = new Map<string, CustomerState>()
  #dirty: CustomerState[] = []
  #removed: string[] = []
  #sweptDay = Number.NEGATIVE_INFINITY

  constructor(jobs: readonly AnyWindowJob[]) {
    this.#jobs = jobs
    this.#open = new Map(jobs.map((job) => [job, new OpenWindows<CustomerWindow>(job.window.sizeMs)]))
  }

  get size(): number {
    return this.#customers.size
  }

  get openWindows(): number {
    return [...this.#open.values()].reduce((sum, open) => sum + open.size, 0)
  }

  all(): IterableIterator<CustomerState> {
    return this.#customers.values()
  }

  /**
   * The state of a transaction's customer, which is about to change. A customer without activity for the retention
   * starts afresh.
   * @param maxEventTimeMs the partition's largest event time.
   */
  touch(tx: Transaction, maxEventTimeMs: number): CustomerState {
    let customer = this.#customers.get(tx.customerId)
    if (customer === undefined || isForgotten(customer, maxEventTimeMs)) {
      customer = new CustomerState(tx.customerId)
      this.#customers.set(tx.customerId, customer)
    }
    if (tx.eventTimeMs > customer.lastEventTimeMs) customer.lastEventTimeMs = tx.eventTimeMs
    if (!customer.dirty) {
      customer.dirty = true
      this.#dirty.push(customer)
    }
    return customer
  }

  /** Adds a transaction to the customer's window of one job. */
  add(customer: CustomerState, job: AnyWindowJob, startMs: number, tx: Transaction): void {
    let window = customer.window(job, startMs)
    if (window === undefined) {
      window = { customer, job, startMs, acc: job.aggregate.create(), count: 0 }
      customer.addWindow(window)
      this.#open.get(job)!.add(startMs, window)
    }
    window.count += 1
    job.aggregate.add(window.acc, tx)
  }

  /** Closes the windows that end at or before the watermark and hands each to `emit`. */
  close(watermarkMs: number, emit: (window: CustomerWindow) => void): void {
    for (const job of this.#jobs) {
      for (const { windows } of this.#open.get(job)!.takeClosed(watermarkMs)) {
        for (const window of windows) {
          const { customer } = window
          customer.removeWindow(window)
          emit(window)
        }
      }
    }
  }

  /** Once per day of event time, forgets the customers without activity for the retention. */
  sweep(maxEventTimeMs: number): void {
    const day = Math.floor(maxEventTimeMs / DAY_MS)
    if (day === this.#sweptDay) return
    this.#sweptDay = day
    for (const customer of this.#customers.values()) {
      if (!isForgotten(customer, maxEventTimeMs)) continue
      this.#customers.delete(customer.id)
      this.#removed.push(customer.id)
    }
  }

  /** Writes the entries that changed since the last call; a removed customer that came back is not removed. */
  writeChanges(into: RecordBuffer): void {
    for (const id of this.#removed) {
      if (!this.#customers.has(id)) into.add({ key: CUSTOMER_PREFIX + id, value: null })
    }
    for (const customer of this.#dirty) {
      if (this.#customers.get(customer.id) !== customer) continue
      customer.dirty = false
      into.ascii(CUSTOMER_PREFIX)
      into.ascii(customer.id)
      into.endKey()
      customer.write(into)
      into.endValue()
    }
    this.#removed = []
    this.#dirty = []
  }

  /** Takes in an entry of the changelog. @returns what of it belongs to shared windows. */
  restore(
    key: string,
    value: string,
    jobs: ReadonlyMap<string, AnyWindowJob>,
    watermarkMs: number,
  ): { customer: CustomerState; counts: EncodedCount[] } {
    const id = key.slice(CUSTOMER_PREFIX.length)
    const restored = CustomerState.restore(id, value, jobs, watermarkMs)
    this.#customers.set(id, restored.customer)
    for (const window of restored.customer.windows) this.#open.get(window.job)?.add(window.startMs, window)
    return restored
  }
}

function isForgotten(customer: CustomerState, maxEventTimeMs: number): boolean {
  return customer.lastEventTimeMs < maxEventTimeMs - PATTERN_RETENTION_MS
}
