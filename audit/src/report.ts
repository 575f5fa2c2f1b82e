import { formatMinor } from '@fintech-streams/contracts'
import { type Audit } from './auditor.ts'
import { type Check } from './conservation.ts'

const WIDTHS = [20, 24, 27] as const

/** The audit as a table. */
export function auditLines({ state, behind, fromMs, cutMs, checks, uncountable, tookMs }: Audit): string[] {
  return [
    `event times from ${iso(fromMs)} to ${iso(cutMs)}`,
    line('check', 'left', 'right', 'left', 'right', 'difference'),
    ...checks.flatMap((check) => [checkLine(check), ...minuteLines(check)]),
    ...(uncountable === 0 ? [] : [`${uncountable} rows have NaN as their amount or an infinite time: no sum has them`]),
    `${VERDICTS[state]}${behind === undefined ? '' : `: ${behind}`} (${(tookMs / 1_000).toFixed(1)} s)`,
  ]
}

const VERDICTS = {
  conserved: 'conserved',
  broken: 'NOT conserved, though everything has come through',
  behind: 'not equal yet, because not everything has come through',
} as const

function checkLine({ name, sides, values, difference }: Check): string {
  const shown = (value: bigint): string => (name === 'minute_amounts' ? formatMinor(value) : String(value))
  return line(name, ...sides, shown(values[0]), shown(values[1]), shown(difference))
}

const minuteLines = ({ minutesMs }: Check): string[] => minutesMs.map((ms) => `  differs in ${iso(ms)}`)

function line(name: string, left: string, right: string, ...numbers: readonly string[]): string {
  const words = name.padEnd(WIDTHS[0]) + left.padEnd(WIDTHS[1]) + right.padEnd(WIDTHS[2])
  return words + numbers.map((number) => number.padStart(18)).join('')
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/** The audit as JSON, whole numbers beyond the safe range as text. */
export function auditJson(audit: Audit): string {
  return JSON.stringify(audit, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2)
}
