import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const COMPOSE_FILE = join(import.meta.dirname, '../../docker-compose.yml')

/** What the tests look at of a service, with variables at their defaults. */
export interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly user?: string
  readonly security_opt?: readonly string[]
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | null>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[]; readonly timeout?: string; readonly retries?: number }
  readonly restart?: string
  /** Started only with one of them; without any, always. */
  readonly profiles?: readonly string[]
  readonly stop_signal?: string
  readonly stop_grace_period?: string
  readonly deploy?: { readonly resources?: { readonly limits?: { readonly memory?: string } } }
}

export type Services = Readonly<Record<string, Service>>

/** `${NAME:-default}` in a compose file. */
const VARIABLE = /\$\{(\w+):-([^}]*)\}/g

/** The defaults of the variables that a compose file reads. */
export function variableDefaults(text: string): Map<string, string> {
  const defaults = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(VARIABLE)) {
    if ((defaults.get(name) ?? value) !== value) throw new Error(`${name} has two defaults`)
    defaults.set(name, value)
  }
  return defaults
}

export const composeText = (): string => readFileSync(COMPOSE_FILE, 'utf8')

/** The services of a compose file. */
export function servicesOf(text: string): Services {
  const withDefaults = text.replaceAll(VARIABLE, (_, _name: string, value: string) => value)
  return (parse(withDefaults, { merge: true }) as { services: Services }).services
}

const UNITS = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 } as const

/** The limit on a service's memory; undefined when it has none. */
export function memoryLimitBytes(service: Service): number | undefined {
  const limit = service.deploy?.resources?.limits?.memory
  if (limit === undefined) return undefined
  const [, count, unit] = /^(\d+)([kmg])$/.exec(limit) ?? []
  if (count === undefined || unit === undefined) throw new Error(`memory limit ${limit} has no unit of k, m or g`)
  return Number(count) * UNITS[unit as keyof typeof UNITS]
}
