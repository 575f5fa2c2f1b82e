import type { Pipeline } from '@fintech-streams/monitor'

type Figures = Pick<Pipeline, 'latency'> & {
  readonly stages: readonly Pick<Pipeline['stages'][number], 'records_per_second'>[]
}

/** A rate needs two samples of a worker's counters, and so does a distribution over a span. */
const hasTwoSamples = ({ stages }: Figures): boolean => stages[0]?.records_per_second !== null

const TOO_EARLY = 'no worker has answered twice yet'

/** The time that the rates cover, or why there are none. */
export const ratePeriod = (figures: Figures): string =>
  hasTwoSamples(figures) ? 'over the last ten seconds' : TOO_EARLY

/** The time that the latencies cover, or why there are none. */
export function latencyPeriod(figures: Figures): string {
  if (figures.latency !== null) return 'over the last minute'
  return hasTwoSamples(figures) ? 'no transaction in the last minute' : TOO_EARLY
}
