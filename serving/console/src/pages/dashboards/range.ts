/** A time range as Grafana writes it in an address: `now-3h` to `now`, or milliseconds since 1970. */
export interface TimeRange {
  readonly from: string
  readonly to: string
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

export const PRESETS: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'now-15m', label: 'Last 15 minutes' },
  { value: 'now-1h', label: 'Last hour' },
  { value: 'now-3h', label: 'Last 3 hours' },
  { value: 'now-6h', label: 'Last 6 hours' },
  { value: 'now-1d', label: 'Last day' },
  { value: 'now-7d', label: 'Last week' },
  { value: 'now-30d', label: 'Last 30 days' },
]

/** `30s`, `15m` or `7d` in milliseconds; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d+)([smhdw])$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * (UNITS_MS[unit] ?? 0)
}

/** The moment that an end of a range means at `nowMs`; undefined when it is none. */
export function momentMs(text: string, nowMs: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  if (text === 'now') return nowMs
  const agoMs = text.startsWith('now-') ? durationMs(text.slice('now-'.length)) : undefined
  return agoMs === undefined ? undefined : nowMs - agoMs
}

/** Both ends in milliseconds; what cannot be read is taken from `fallback`. */
export function bounds(range: TimeRange, fallback: TimeRange, nowMs: number): { fromMs: number; toMs: number } {
  const fromMs = momentMs(range.from, nowMs)
  const toMs = momentMs(range.to, nowMs)
  if (fromMs !== undefined && toMs !== undefined && fromMs < toMs) return { fromMs, toMs }
  return {
    fromMs: momentMs(fallback.from, nowMs) ?? nowMs - 3 * 3_600_000,
    toMs: momentMs(fallback.to, nowMs) ?? nowMs,
  }
}
