/** Advisory locks of the platform database, each a number of its own: two programs with one number wait for each other. */
export const ADVISORY_LOCKS = {
  /** Held while migrations run. */
  migration: 7_246_001,
  /** Held by the sink that writes, as long as its session lives. */
  sink: 7_246_002,
  /** Held while reference data is written. */
  referenceData: 7_246_003,
} as const
