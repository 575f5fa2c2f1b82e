import type { TimeRange } from './range.ts'

interface LinkOf {
  /** Of the cell. */
  readonly value: string
  /** Of its row, by column. */
  readonly fields: Readonly<Record<string, string | number | boolean>>
  readonly range: TimeRange
}

/**
 * Where a link of a dashboard leads within the console. Grafana's addresses of dashboards are `/d/<uid>`, here they are
 * `/dashboards/<uid>`; the console is where one is.
 */
export function addressOf(url: string, { value, fields, range }: LinkOf): string {
  return url
    .replace('${console}', '')
    .replaceAll('${__value.raw}', encodeURIComponent(value))
    .replaceAll(/\$\{__data\.fields\.(\w+)\}/g, (_, name: string) => encodeURIComponent(String(fields[name] ?? '')))
    .replaceAll('${__url_time_range}', new URLSearchParams({ from: range.from, to: range.to }).toString())
    .replace(/^\/d\//, '/dashboards/')
}
