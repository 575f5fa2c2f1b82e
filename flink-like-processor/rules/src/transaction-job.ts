import { type Transaction } from '@fintech-streams/contracts'
import { type EventJob, eventJobs } from '@fintech-streams/engine'
import { type CustomerPattern } from './customer-pattern.ts'

/** A job that judges each transaction by its customer's earlier ones. */
export type TransactionJob = EventJob<Transaction, CustomerPattern>

/** Declares a job that judges each transaction. */
export const defineTransactionJob = eventJobs<Transaction, CustomerPattern>()
