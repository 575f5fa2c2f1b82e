/** What a query is asked for: a time range, the step of a time series, and the values of the dashboard's variables. */
export interface QueryContext {
  readonly from: Date
  readonly to: Date
  readonly intervalMs: number
  /** By name. One value or, for a variable that takes several, a list. */
  readonly variables?: Readonly<Record<string, string | readonly string[]>>
}

/** A query that Grafana would not take either: an unknown macro, variable or format. */
export class ExpandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ExpandError'
  }
}

/**
 * A query as Grafana sends it to Postgres, by the rules of its PostgreSQL data source (`$__timeGroup` followed by a
 * comma names its column `time`, for one). Variables come last, so that a value is data, whatever it looks like.
 *
 * Macros: `$__interval`, `$__timeFilter(column)`, `$__timeFrom()`, `$__timeTo()`, `$__timeGroup(column, interval)`,
 * `$__timeGroupAlias(column, interval)`. Variables: `${name:sqlstring}`, quoted and joined by commas, and `${name}` for
 * a single value that goes in as it is.
 * @throws ExpandError that names what cannot be expanded.
 */
export function expand(query: string, context: QueryContext): string {
  const replaced = query.replaceAll(/\$__interval\b/g, intervalText(context.intervalMs))
  const expanded = replaced.replaceAll(/\$(\w+)\(([^)]*)\)/g, (call, name: string, list: string, at: number) => {
    const aliased = name === '__timeGroup' && replaced[at + call.length] === ','
    const args = list.split(',').map((argument) => argument.trim())
    return sqlMacro(aliased ? '__timeGroupAlias' : name, args, context)
  })
  return withVariables(expanded, context.variables ?? {})
}

/**
 * A query as Grafana sends it to Prometheus. Macros: `$__interval`, `$__range` and `$__rate_interval`, which spans at
 * least four scrapes.
 * @throws ExpandError that names what cannot be expanded.
 */
export function expandPromql(query: string, context: QueryContext, scrapeIntervalMs = 5_000): string {
  const rateMs = Math.max(context.intervalMs + scrapeIntervalMs, 4 * scrapeIntervalMs)
  const expanded = query
    .replaceAll(/\$__rate_interval\b/g, intervalText(rateMs))
    .replaceAll(/\$__range\b/g, `${Math.round((context.to.getTime() - context.from.getTime()) / 1_000)}s`)
    .replaceAll(/\$__interval\b/g, intervalText(context.intervalMs))
  return withVariables(expanded, context.variables ?? {})
}

/**
 * The step that Grafana chooses for a panel: the range in at most about `pointsMax` parts, rounded to a step of its
 * ladder, and never below `minimumMs`.
 */
export function intervalOf(from: Date, to: Date, pointsMax: number, minimumMs = 1): number {
  const wantedMs = (to.getTime() - from.getTime()) / pointsMax
  const step = LADDER.find(([below]) => wantedMs < below)?.[1] ?? YEAR
  return Math.max(step, minimumMs)
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** Grafana's: the first bound above the wanted interval gives the step. */
const LADDER: readonly (readonly [below: number, step: number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1.5 * SECOND, SECOND],
  [3.5 * SECOND, 2 * SECOND],
  [7.5 * SECOND, 5 * SECOND],
  [12.5 * SECOND, 10 * SECOND],
  [17.5 * SECOND, 15 * SECOND],
  [25 * SECOND, 20 * SECOND],
  [45 * SECOND, 30 * SECOND],
  [1.5 * MINUTE, MINUTE],
  [3.5 * MINUTE, 2 * MINUTE],
  [7.5 * MINUTE, 5 * MINUTE],
  [12.5 * MINUTE, 10 * MINUTE],
  [17.5 * MINUTE, 15 * MINUTE],
  [25 * MINUTE, 20 * MINUTE],
  [45 * MINUTE, 30 * MINUTE],
  [1.5 * HOUR, HOUR],
  [2.5 * HOUR, 2 * HOUR],
  [4.5 * HOUR, 3 * HOUR],
  [9 * HOUR, 6 * HOUR],
  [DAY, 12 * HOUR],
  [7 * DAY, DAY],
  [21 * DAY, 7 * DAY],
  [42 * DAY, 30 * DAY],
]

const UNITS = { y: YEAR, w: 7 * DAY, d: DAY, h: HOUR, m: MINUTE, s: SECOND, ms: 1 } as const

/** `90s` as 90,000. @throws ExpandError when the text is not a Grafana duration. */
export function parseIntervalMs(text: string): number {
  const [, count, unit] = /^(\d+)(ms|[ywdhms])$/.exec(text) ?? []
  if (count === undefined || unit === undefined) throw new ExpandError(`${text} is no interval: write 30s, 5m or 1h`)
  return Number(count) * UNITS[unit as keyof typeof UNITS]
}

/** In the largest unit that gives a whole number, and none above the day. */
export function intervalText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) if (ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`
  return `${ms}ms`
}

function withVariables(query: string, variables: NonNullable<QueryContext['variables']>): string {
  const left = /\$\w+/.exec(query)?.[0]
  if (left !== undefined) throw new ExpandError(`${left} is neither a macro nor a variable in braces`)
  return query.replaceAll(/\$\{(\w+)(?::(\w+))?\}/g, (_, name: string, format?: string) => {
    const value = variables[name]
    if (value === undefined) throw new ExpandError(`the query needs the variable ${name}, which has no value`)
    return formatted(name, typeof value === 'string' ? [value] : value, format)
  })
}

function formatted(name: string, values: readonly string[], format: string | undefined): string {
  if (format === 'sqlstring') return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',')
  const [only, ...others] = values
  if (format !== undefined && format !== 'raw') throw new ExpandError(`the format ${format} of ${name} is not known`)
  if (only === undefined || others.length > 0) throw new ExpandError(`${name} has several values: use :sqlstring`)
  return only
}

function sqlMacro(name: string, args: readonly string[], context: QueryContext): string {
  const from = `'${context.from.toISOString()}'`
  const to = `'${context.to.toISOString()}'`
  const [column = '', interval = ''] = args
  switch (name) {
    case '__timeFilter':
      return `${column} BETWEEN ${from} AND ${to}`
    case '__timeFrom':
      return from
    case '__timeTo':
      return to
    case '__timeGroup': {
      const seconds = parseIntervalMs(interval.replaceAll("'", '')) / SECOND
      return `floor(extract(epoch from ${column})/${seconds})*${seconds}`
    }
    case '__timeGroupAlias':
      return `${sqlMacro('__timeGroup', args, context)} AS "time"`
    default:
      throw new ExpandError(`the macro $${name} is not known`)
  }
}
