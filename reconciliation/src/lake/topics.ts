import { analyticsTopic, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'

export const VERDICTS_TOPIC = analyticsTopic('fraud_detection')
/** What the lake keeps, and what fraud_index and ops_index are made of. */
export const LAKE_TOPICS = [TRANSACTIONS_TOPIC, VERDICTS_TOPIC]
