import { type Transaction } from '@fintech-streams/contracts'
import { type WindowJob, windowJobs } from '@fintech-streams/engine'

/** A job with windows over transactions. */
export type TransactionWindowJob = WindowJob<Transaction>

/**
 * Declares a window job over transactions. One that is keyed by `customer_id` finishes where its customer's records are;
 * any other key is aggregated per source partition first and merged afterwards.
 */
export const defineWindowJob = windowJobs<Transaction>('customer_id')
