/** A quantile of a histogram's observations, over the interval that Grafana chooses. */
export const quantile = (q: number, histogram: string, by: string): string =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${histogram}_bucket[$__rate_interval])))`

/**
 * How often a counter goes up a second, over the interval that Grafana chooses. A counter with labels appears with its first
 * event: until then there is a line of zero.
 */
export const rate = (counter: string, by: string): string =>
  orZero(`sum by (${by}) (rate(${counter}[$__rate_interval]))`, by)

/** Where there is no line at all, one of zero, whose last label says `none`. */
export const orZero = (expr: string, by: string): string =>
  `${expr} or on () label_replace(vector(0), "${by.split(', ').at(-1)}", "none", "", "")`
