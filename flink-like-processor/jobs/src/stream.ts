import { type Transaction, transactionDecoder, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type EventStream } from '@fintech-streams/engine'
import { type CustomerPattern, CustomerPatterns } from '@fintech-streams/rules'

/** Transactions as the engine reads them. Each operator gets one of its own, for its decoder and its features are state. */
export const transactionStream = (): EventStream<Transaction, CustomerPattern> => ({
  sourceTopic: TRANSACTIONS_TOPIC,
  decode: transactionDecoder(),
  idField: 'transaction_id',
  idOf: (tx) => tx.transactionId,
  keyOf: (tx) => tx.customerId,
  features: new CustomerPatterns(),
})
