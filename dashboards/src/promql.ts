/** A quantile of a histogram's observations, over the interval that Grafana chooses. */
export const quantile = (q: number, histogram: string, by: string): string =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${histogram}_bucket[$__rate_interval])))`

/** How often a counter goes up a second, over the interval that Grafana chooses. */
export const rate = (counter: string, by: string): string => `sum by (${by}) (rate(${counter}[$__rate_interval]))`
