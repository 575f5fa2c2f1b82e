import { type Source } from './sources.ts'

/** Result columns by their names. */
export type Columns = Readonly<Record<string, string>>

interface Selection {
  readonly from: Source
  readonly where?: string
  /** Result columns, by their names or as SQL. */
  readonly values: Columns | string
}

interface Lines extends Selection {
  /** A column that names the line. */
  readonly by?: string
  readonly values: Columns
}

/**
 * Lines over time of shares, means and scores: a column `time`, one that names the line if `by` is given, and the values.
 * Where nothing happened there is no point, as there is nothing to have a share of.
 */
export function overTime({ from, by, where, values }: Lines): string {
  const metric = by === undefined ? [] : [`${by} as metric`]
  const columns = ['$__timeGroupAlias(time, $__interval)', ...metric, ...named(values)]
  const order = by === undefined ? '1' : '1, 2'
  return `${start(from)}\nselect ${columns.join(',\n  ')}\n${rest(from, where)}\ngroup by ${order}\norder by ${order}`
}

/**
 * Lines over time of counts and sums, as {@link overTime}: where nothing happened, they are zero, from the beginning of the
 * range up to where it is known. A step is never shorter than what one row of the source stands for.
 */
export function sumsOverTime({ from, by, where, values }: Lines): string {
  const key = by === undefined ? ['step'] : ['step', 'metric']
  const metric = by === undefined ? [] : [`${by} as metric`]
  const begin = from.since === undefined ? TIME_FROM : `greatest(${TIME_FROM}, ${from.since})`
  const zeros = Object.keys(values).map((name) => `coalesce(${name}, 0) as ${name}`)
  const lines = by === undefined ? '' : ' cross join (select distinct metric from found) as lines'
  const order = key.map((_, at) => at + 1).join(', ')
  return `${start(from)},
every as (select ${stepSeconds(from)} as seconds),
found as (
  select ${['floor(extract(epoch from time) / seconds) * seconds as step', ...metric, ...named(values)].join(',\n    ')}
  from ${from.name} cross join every${where === undefined ? '' : `\n  where ${where}`}
  group by ${order}
),
steps as (
  select generate_series(floor(extract(epoch from ${begin}) / seconds) * seconds,
    extract(epoch from least($__timeTo()::timestamptz, ${from.until})), seconds) as step
  from every
)
select step as time, ${[...key.slice(1), ...zeros].join(', ')}
from steps${lines} left join found using (${key.join(', ')})
order by ${order}`
}

const TIME_FROM = '$__timeFrom()::timestamptz'

/** A step of the chart, or what one row of the source stands for, if that is longer. */
const stepSeconds = ({ seconds }: Source): string => `greatest(extract(epoch from interval '$__interval'), ${seconds})`

/** One row: the values over the whole range. */
export function total({ from, where, values }: Selection): string {
  return `${start(from)}\nselect ${list([values])}\n${rest(from, where)}`
}

/** One row for each of `by`, those first that `order` puts there. */
export function ranked({
  from,
  by,
  where,
  values,
  order,
  limit,
}: Selection & { readonly by: Columns | string; readonly order: string; readonly limit: number }): string {
  const keys = typeof by === 'string' ? [by] : named(by)
  const positions = keys.map((_, at) => at + 1).join(', ')
  return (
    `${start(from)}\nselect ${list([...keys, values])}\n${rest(from, where)}\n` +
    `group by ${positions}\norder by ${order}\nlimit ${limit}`
  )
}

/** The newest rows as they are. */
export function newest({ from, where, values, limit }: Selection & { readonly limit: number }): string {
  return (
    `${start(from)}\nselect ${list(['time', values])}\n${rest(from, where)}\n` + `order by time desc\nlimit ${limit}`
  )
}

/**
 * A sum of the source as a rate, so that a line's height does not depend on how far one zooms in. A step may be
 * shorter than what one row stands for, then the row decides.
 */
export function per(unit: 'second' | 'minute' | 'hour', from: Source, sum: string): string {
  const seconds = { second: 1, minute: 60, hour: 3_600 }[unit]
  return `${sum} * ${seconds} / ${stepSeconds(from)}`
}

/** A share from 0 to 1; null when there is nothing to have a share of. */
export const share = (part: string, whole: string): string => `${part}::float8 / nullif(${whole}, 0)`

const start = (from: Source): string => `with ${from.cte}`
const rest = (from: Source, where?: string): string =>
  `from ${from.name}${where === undefined ? '' : `\nwhere ${where}`}`

const list = (columns: readonly (Columns | string)[]): string =>
  columns.flatMap((some) => (typeof some === 'string' ? [some] : named(some))).join(',\n  ')

const named = (columns: Columns): string[] =>
  Object.entries(columns).map(([name, expression]) => (name === expression ? name : `${expression} as ${name}`))

/** A column for each value of a list, named by it in lower case: what {@link file://./sources.ts} calls its counts. */
export const forEachOf = (values: readonly string[], expression: (column: string) => string): Columns =>
  Object.fromEntries(values.map((value) => [value.toLowerCase(), expression(value.toLowerCase())]))

/**
 * A JSON object in words, such as `mean: 344.37, limit: 5990.05`: numbers with two digits at most, and what is counted in a
 * number of minutes (`n60`) by its time.
 */
export const inWords = (json: string): string => `(
    select string_agg(regexp_replace(replace(name, '_', ' '), '^n(\\d+)$', 'in \\1 min') || ': ' || case jsonb_typeof(value)
      when 'number' then trim_scale(round(value::text::numeric, 2))::text else value #>> '{}' end, ', ' order by place)
    from jsonb_each(${json}) with ordinality as entry (name, value, place))`

/** The mean amount of a transaction. */
export const AVERAGE = 'sum(amount) / nullif(sum(transactions), 0)'

/** Values as a list in SQL. */
export const quoted = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ')
