import { type Transaction, transactionDecoder, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type EventStream } from '@fintech-streams/engine'
import { customerFeatures, type CustomerPattern } from '@fintech-streams/rules'

/** Transactions as the engine reads them. Each operator gets one of its own: its decoder remembers what it saw last. */
export const transactionStream = (): EventStream<Transaction, CustomerPattern> => ({
  sourceTopic: TRANSACTIONS_TOPIC,
  decode: transactionDecoder(),
  idField: 'transaction_id',
  idOf: (tx) => tx.transactionId,
  keyOf: (tx) => tx.customerId,
  features: customerFeatures,
})
