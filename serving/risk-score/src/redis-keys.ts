/** Names of the scores in Redis. One Redis with its replicas, not a cluster: a script writes keys of many users. */

/** A user's score, `<count>:<sum in cents>`. It goes by its time to live when its last event no longer counts. */
export const scoreKey = (customerId: string): string => `fintech:risk-score:user:${customerId}`
/** The number of a partition's present publisher: whoever took it last. */
export const ownerKey = (partition: number): string => `fintech:risk-score:owner:${partition}`
/** A hash: for each partition the time as of which its scores are, and how many partitions there are. */
export const AS_OF_KEY = 'fintech:risk-score:as-of'
export const PARTITIONS_FIELD = 'partitions'
