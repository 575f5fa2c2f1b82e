import { type Source } from './sources.ts'

/** Result columns: name and expression. */
export type Columns = Readonly<Record<string, string>>

interface Selection {
  readonly from: Source
  readonly where?: string
  readonly values: Columns
}

/** Lines over time: a column `time`, one that names the line if `by` is given, and the values. */
export function overTime({ from, by, where, values }: Selection & { readonly by?: string }): string {
  const metric = by === undefined ? [] : [`${by} as metric`]
  const columns = ['$__timeGroupAlias(time, $__interval)', ...metric, ...named(values)]
  const order = by === undefined ? '1' : '1, 2'
  return `${start(from)}\nselect ${columns.join(',\n  ')}\n${rest(from, where)}\ngroup by ${order}\norder by ${order}`
}

/** One row: the values over the whole range. */
export function total({ from, where, values }: Selection): string {
  return `${start(from)}\nselect ${named(values).join(',\n  ')}\n${rest(from, where)}`
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
    `${start(from)}\nselect ${[...keys, ...named(values)].join(',\n  ')}\n${rest(from, where)}\n` +
    `group by ${positions}\norder by ${order}\nlimit ${limit}`
  )
}

/** The newest rows as they are. */
export function newest({ from, where, values, limit }: Selection & { readonly limit: number }): string {
  return (
    `${start(from)}\nselect ${['time', ...named(values)].join(',\n  ')}\n${rest(from, where)}\n` +
    `order by time desc\nlimit ${limit}`
  )
}

/**
 * A sum of the source as a rate, so that a line's height does not depend on how far one zooms in. A step may be
 * shorter than what one row stands for, then the row decides.
 */
export function per(unit: 'second' | 'minute' | 'hour', from: Source, sum: string): string {
  const seconds = { second: 1, minute: 60, hour: 3_600 }[unit]
  return `${sum} * ${seconds} / greatest(extract(epoch from interval '$__interval'), ${from.seconds})`
}

/** A share from 0 to 1; null when there is nothing to have a share of. */
export const share = (part: string, whole: string): string => `${part}::float8 / nullif(${whole}, 0)`

const start = (from: Source): string => `with ${from.cte}`
const rest = (from: Source, where?: string): string =>
  `from ${from.name}${where === undefined ? '' : `\nwhere ${where}`}`

const named = (columns: Columns): string[] =>
  Object.entries(columns).map(([name, expression]) => (name === expression ? name : `${expression} as ${name}`))
