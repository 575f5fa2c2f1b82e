import { type Command, InvalidArgumentError, Option } from 'commander'

/**
 * Settings of a program: one typed declaration gives the flag, the environment variable, the default, the check and
 * the line in `--help`. A flag wins over the environment, the environment over the default.
 */
export interface Setting<T> {
  help: string
  /** The environment variable; without one the setting is a flag only. */
  env?: string
  default: T
  /** What the flag takes, as `--help` shows it; a switch takes nothing. */
  takes: string | undefined
  parse: (text: string) => T
  /** The default as `--help` shows it, where that is not its text. */
  show?(value: T): string
}

export type Settings = Readonly<Record<string, Setting<unknown>>>
export type Values<S extends Settings> = { readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never }

interface Common<T> {
  help: string
  env?: string
  default: T
}

/** Any text. */
export function text<T extends string | undefined>(common: Common<T> & { takes?: string }): Setting<T | string> {
  return { takes: 'text', ...common, parse: (given) => given }
}

/** A number between `min` and `max`, both included. */
export function number<T extends number | undefined>(
  common: Common<T> & { takes?: string; min?: number; max?: number; integer?: boolean },
): Setting<T | number> {
  const { min = -Infinity, max = Infinity, integer = false, ...rest } = common
  const expected = `expected ${integer ? 'a whole number' : 'a number'}${bounds(min, max)}`
  const parse = (given: string): number => {
    const value = given.trim() === '' ? NaN : Number(given)
    const fits = Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value))
    if (!fits) throw new InvalidArgumentError(expected)
    return value
  }
  return { takes: 'n', ...rest, parse }
}

/** A TCP port. */
export function port(common: Common<number>): Setting<number> {
  return number({ ...common, takes: 'port', min: 1, max: 65_535, integer: true })
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A length of time such as `250ms`, `90s`, `2h`; its value is milliseconds. */
export function duration<T extends number | undefined>(common: Common<T>): Setting<T | number> {
  const parse = (given: string): number => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(given.trim())
    if (match === null) throw new InvalidArgumentError('expected a duration such as 250ms, 90s, 5m, 2h or 1d')
    return Math.round(Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS])
  }
  return { takes: 'duration', ...common, parse, show: (ms) => (ms === undefined ? '' : shownDuration(ms)) }
}

/** One of the known values. */
export function choice<K extends string, T extends K | undefined>(
  common: Common<T> & { known: readonly K[] },
): Setting<T | K> {
  const { known, ...rest } = common
  const parse = (given: string): K => {
    const chosen = known.find((value) => value === given.trim())
    if (chosen === undefined) throw new InvalidArgumentError(`expected one of ${known.join(', ')}`)
    return chosen
  }
  return { takes: known.join('|'), ...rest, parse }
}

/** Several values separated by commas, each as `one` takes it. */
export function list<T>(one: Setting<T>, byDefault: readonly T[] = [one.default]): Setting<readonly T[]> {
  const { help, env, takes } = one
  return {
    help,
    ...(env === undefined ? {} : { env }),
    default: byDefault,
    takes: `${takes},…`,
    parse: (given) => given.split(',').map((part) => one.parse(part.trim())),
    show: (values) => values.map((value) => shown(one, value)).join(','),
  }
}

/** Names separated by commas, each out of `known`. */
export function names<T extends readonly string[] | undefined>(
  common: Common<T> & { known: readonly string[] },
): Setting<T | readonly string[]> {
  const { known, ...rest } = common
  const parse = (given: string): readonly string[] => {
    const chosen = given.split(',').map((name) => name.trim())
    const unknown = chosen.filter((name) => !known.includes(name))
    if (unknown.length > 0) {
      throw new InvalidArgumentError(`unknown: ${unknown.join(', ')}; expected some of ${known.join(', ')}`)
    }
    return chosen
  }
  return { takes: 'names', ...rest, parse }
}

/** A switch: off unless given. In the environment `1` and `true` turn it on. */
export function toggle(common: { help: string; env?: string }): Setting<boolean> {
  return { ...common, default: false, takes: undefined, parse: (given) => given === '1' || given === 'true' }
}

/** Adds the settings to a command as options. */
export function addSettings(command: Command, settings: Settings): Command {
  for (const [name, setting] of Object.entries(settings)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const option = new Option(setting.takes === undefined ? flag : `${flag} <${setting.takes}>`, setting.help)
    if (setting.takes !== undefined) option.argParser((given: string) => setting.parse(given))
    if (setting.default !== undefined && setting.default !== false) {
      option.default(setting.default, shown(setting, setting.default))
    }
    if (setting.env !== undefined && isHeeded(setting, process.env[setting.env])) option.env(setting.env)
    command.addOption(option)
  }
  return command
}

/**
 * Whether a variable says something: an empty one counts as unset, as it does in `.env` files, and a switch is off for
 * any text but those that turn it on.
 */
function isHeeded(setting: Setting<unknown>, text: string | undefined): boolean {
  return text !== '' && (text === undefined || setting.takes !== undefined || setting.parse(text) === true)
}

/** The values of a command's settings, after it parsed its command line. */
export function valuesOf<S extends Settings>(command: Command, settings: S): Values<S> {
  const given = command.opts()
  return Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, given[name] ?? setting.default]),
  ) as Values<S>
}

/** The values that environment and defaults give, for a program that has no command line of its own. */
export function valuesFromEnvironment<S extends Settings>(settings: S, environment = process.env): Values<S> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => {
      const given = setting.env === undefined ? undefined : environment[setting.env]
      return [name, given === undefined || given === '' ? setting.default : setting.parse(given)]
    }),
  ) as Values<S>
}

function bounds(min: number, max: number): string {
  if (min !== -Infinity && max !== Infinity) return ` from ${min} to ${max}`
  if (min !== -Infinity) return `, at least ${min}`
  return max === Infinity ? '' : `, at most ${max}`
}

const shown = <T>(setting: Setting<T>, value: T): string => setting.show?.(value) ?? String(value)

/** Writes milliseconds as the shortest whole duration: `90000` is `90s`. */
export function shownDuration(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => ms >= UNITS_MS[name] && ms % UNITS_MS[name] === 0) ?? 'ms'
  return `${ms / UNITS_MS[unit]}${unit}`
}
