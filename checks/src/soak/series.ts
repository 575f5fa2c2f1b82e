/** One thing that is measured again and again. */
export interface Series {
  readonly name: string
  readonly unit: 'MB' | 'entries'
  /**
   * `level`: comes to a level once windows have turned over. `retention`: grows until its own retention, which a run
   * is too short for, takes away as much as comes.
   */
  readonly expected: 'level' | 'retention'
  /**
   * For a series that looks like a saw: samples that contain at least one bottom. Such a series is judged by its
   * bottoms, because a leak raises the bottom, while the height of the teeth is chance.
   */
  readonly toothSamples?: number
  /** What bounds it, in words. */
  readonly bound: string
  /** By sample; `null` where it could not be measured. */
  readonly values: (number | null)[]
}

/** The outcome of a series. */
export interface Verdict {
  readonly name: string
  readonly unit: Series['unit']
  readonly bound: string
  readonly first: number
  readonly last: number
  readonly max: number
  /** Robust slope of the run's last half, in its unit an hour. */
  readonly slopePerHour: number
  /** How much the last half's slope adds in the time of that half, as a share of its median. */
  readonly growth: number
  readonly verdict: 'level' | 'grows' | 'by retention'
}

/**
 * A series grows when the last half adds more than this share of its median, less is noise; and when its last quarter
 * comes higher than it ever was: compaction and retention make a saw, of which half a run may see a rising part.
 */
export const GROWTH_MAX = 0.1
/** …and more than this, so that a byte more of almost nothing is no growth. */
const GROWTH_MIN_ABSOLUTE: Readonly<Record<Series['unit'], number>> = { MB: 16, entries: 1_000 }
const HOUR_S = 3_600

/** Judges a series over the last half of the run. @param seconds when each sample was taken, since the run's begin. */
export function judge(series: Series, seconds: readonly number[]): Verdict {
  const { name, unit, expected, bound, values, toothSamples = 1 } = series
  const measured = values.flatMap((value, at) => (value === null ? [] : [{ s: seconds[at] ?? 0, value }]))
  const points = bottomsOf(measured, toothSamples)
  const half = points.slice(points.length >> 1)
  const slope = theilSen(half)
  const span = (half.at(-1)?.s ?? 0) - (half[0]?.s ?? 0)
  const middle = medianOf(half.map(({ value }) => value))
  const added = slope * span
  const growth = middle === 0 ? 0 : added / middle
  const lastQuarter = Math.floor(0.75 * points.length)
  const isHigherThanEver = largest(points.slice(lastQuarter)) > largest(points.slice(0, lastQuarter))
  const grows = growth > GROWTH_MAX && added > GROWTH_MIN_ABSOLUTE[unit] && isHigherThanEver
  return {
    name,
    unit,
    bound,
    first: measured[0]?.value ?? 0,
    last: measured.at(-1)?.value ?? 0,
    max: largest(measured),
    slopePerHour: slope * HOUR_S,
    growth,
    verdict: expected === 'retention' ? 'by retention' : grows ? 'grows' : 'level',
  }
}

interface Point {
  readonly s: number
  readonly value: number
}

/** The lowest point of each group of `inARow` consecutive ones. */
function bottomsOf(points: readonly Point[], inARow: number): Point[] {
  const bottoms: Point[] = []
  for (let at = 0; at < points.length; at += inARow) {
    bottoms.push(points.slice(at, at + inARow).reduce((low, point) => (point.value < low.value ? point : low)))
  }
  return bottoms
}

/** The median of the slopes between all pairs of points: a few outliers do not move it. */
export function theilSen(points: readonly Point[]): number {
  const slopes: number[] = []
  for (const [at, a] of points.entries()) {
    for (const b of points.slice(at + 1)) if (b.s !== a.s) slopes.push((b.value - a.value) / (b.s - a.s))
  }
  return medianOf(slopes)
}

const largest = (points: readonly Point[]): number => points.reduce((max, { value }) => Math.max(max, value), 0)

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length === 0 ? 0 : (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
