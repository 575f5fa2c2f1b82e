/** Advisory locks of the platform database, each a number of its own: two programs with one number wait for each other. */
export const ADVISORY_LOCKS = {
  /** Held while migrations run. */
  migration: 7_246_001,
  /** Held by the sink that writes, as long as its session lives. */
  sink: 7_246_002,
  /** Held while reference data is written. */
  referenceData: 7_246_003,
  /** Held by the nightly reconciliation. */
  nightly: 7_246_040,
  /** Held by the stream of fraud_index and ops_index, as long as its session lives. */
  indexStream: 7_246_041,
  /** Held by the counter of top senders that writes, as long as its session lives. */
  topSenders: 7_246_050,
} as const
