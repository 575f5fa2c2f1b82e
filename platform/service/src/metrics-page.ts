/** One line of a Prometheus page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Samples of one time, of one page or of several. */
export type Samples = readonly Sample[]

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Reads the text format of Prometheus, as prom-client writes it. */
export function parseMetrics(page: string): Sample[] {
  return page.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return []
    const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text])
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: numberOf(value) }]
  })
}

/** The sum of a metric's samples that have the labels. */
export function total(samples: Samples, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)
}

/** A histogram's upper bounds in order, each with the count of observations up to it. */
export type Histogram = readonly (readonly [upperBound: number, count: number])[]

/** A histogram, over all pages that have it, less what was in it before. */
export function histogram(samples: Samples, name: string, before: Samples = []): Histogram {
  const bounds = new Set(
    samples.filter((sample) => sample.name === `${name}_bucket`).map((sample) => sample.labels['le'] ?? ''),
  )
  return [...bounds]
    .map((le): [number, number] => {
      const count = total(samples, `${name}_bucket`, { le })
      const earlier = total(before, `${name}_bucket`, { le })
      // A restarted process counts from 0.
      return [numberOf(le), count < earlier ? count : count - earlier]
    })
    .sort(([a], [b]) => a - b)
}

/** Histograms of several processes as one. */
export function mergedHistogram(histograms: readonly Histogram[]): Histogram {
  const counts = new Map<number, number>()
  for (const [bound, count] of histograms.flat()) counts.set(bound, (counts.get(bound) ?? 0) + count)
  return [...counts].sort(([a], [b]) => a - b)
}

/**
 * The value below which the share `q` of the observations lies, in the histogram's own unit, interpolated inside its
 * bucket as Prometheus does; the largest finite bound when it lies above that; undefined without observations.
 */
export function quantile(of: Histogram, q: number): number | undefined {
  const count = of.at(-1)?.[1] ?? 0
  if (count === 0) return undefined
  const rank = q * count
  const index = of.findIndex(([, upTo]) => upTo >= rank)
  const [upper = 0, upTo = 0] = of[index] ?? []
  const [lower = 0, below = 0] = of[index - 1] ?? []
  if (upper === Infinity) return lower
  return lower + (upper - lower) * ((rank - below) / (upTo - below))
}

const numberOf = (text: string): number => (text === '+Inf' ? Infinity : Number(text))
