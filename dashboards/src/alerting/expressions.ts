/**
 * Conditions in PromQL that hold for what never happened as well as for what stopped. Metrics of what has not happened
 * yet are either absent (counters and gauges with labels) or 0 (gauges without labels, by prom-client's default).
 */

/** No instance of a program answers, or none was ever there. */
export const isDown = (job: string): string => `absent(up{job="${job}"} == 1)`

/** What Prometheus keeps (docker-compose.yml): what it has seen within this time, it knows. */
const KNOWN = '7d'

/**
 * No instance of a program of an optional profile answers, although Prometheus has seen one of the profile's programs: a
 * profile that was never turned on is no alert.
 */
export const isDownInProfile = (job: string, profile: readonly string[]): string =>
  `count(last_over_time(up{job=~"${profile.join('|')}"}[${KNOWN}])) unless on () up{job="${job}"} == 1`

/** Seconds since the time that a gauge of a program holds; before it holds one, since the program's start. */
export const secondsSince = (gauge: string, job: string): string =>
  `time() - max(${gauge} > 0 or process_start_time_seconds{job="${job}"})`

/**
 * Seconds since the time that a gauge holds although its program restarts; before it holds one, since the program was
 * first seen. A program that is gone does not hide what it said last.
 */
export const secondsSinceLasting = (gauge: string, job: string): string =>
  `time() - (max(last_over_time(${gauge}[${KNOWN}])) > 0` +
  ` or min(min_over_time(process_start_time_seconds{job="${job}"}[${KNOWN}])))`

/**
 * How much a counter has gained of late, where it has. A counter with labels appears with its first event, whose value
 * increase() does not see: a series that is new has gained all of its value.
 */
export function gained(counter: string, by: string, within: string): string {
  const sum = (of: string): string => `sum by (${by}) (${of})`
  return (
    `((${sum(counter)} unless ${sum(`${counter} offset ${within}`)}) > 0` +
    ` or ${sum(`increase(${counter}[${within}])`)} > 0)`
  )
}

/**
 * By how much a gauge has grown of late, where it has. One that was never there before, such as that of the first file, has
 * grown by all of its value.
 */
export const grown = (gauge: string, within: string): string =>
  `(max(${gauge}) - (max(last_over_time(${gauge}[1d] offset ${within})) or on () vector(0))) > 0`

/** A gauge without labels as that of one thing. */
export const labelled = (expr: string, label: string, value: string): string =>
  `label_replace(${expr}, "${label}", "${value}", "", "")`
