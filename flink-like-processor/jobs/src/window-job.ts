import { type Transaction } from '@fintech-streams/contracts'
import { aggregates, type WindowJob, windowJobs } from '@fintech-streams/engine'

/** A job with windows over transactions. */
export type TransactionWindowJob = WindowJob<Transaction>

/**
 * Declares a window job over transactions. One that is keyed by `customer_id` finishes where its customer's records are;
 * any other key is aggregated per source partition first and merged afterwards.
 */
export const defineWindowJob = windowJobs<Transaction>('customer_id')

/** What a window job may aggregate of its transactions. */
export const { count, sum, min, max, countBy, countEach, sumBy, first, keyCounts, own } = aggregates<Transaction>()

/** How many customers a result names. */
export const TOP_CUSTOMERS = 20
