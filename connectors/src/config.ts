import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CONNECTOR_TABLES } from '@fintech-streams/contracts'
import { OperatingError } from '@fintech-streams/service'
import { z } from 'zod'

/** The folder of this package's connector files, one `<connector name>.json` each. */
export const CONFIG_DIRECTORY = join(import.meta.dirname, '..', 'config')

/** A connector's configuration as Kafka Connect takes it. `${env:NAME}` is resolved by the worker, not here. */
export type ConnectorConfig = Readonly<Record<string, string>>

const schema = z.record(z.string(), z.string())

const tablesOf: Readonly<Record<string, readonly string[]>> = CONNECTOR_TABLES

/**
 * Reads a connector's file, and adds the tables that the contract has for it.
 * @throws OperatingError when it is missing, no JSON, or holds anything but texts.
 */
export async function readConnectorConfig(name: string, directory = CONFIG_DIRECTORY): Promise<ConnectorConfig> {
  const path = join(directory, `${name}.json`)
  try {
    const config = schema.parse(JSON.parse(await readFile(path, 'utf8')))
    const tables = tablesOf[name]?.map((table) => `public.${table}`).join(',')
    return tables === undefined ? config : { ...config, 'table.include.list': tables }
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw new OperatingError('bad_connector_file', `${path} is no connector configuration: ${reason}`, error)
  }
}

/** Whether Connect already has this configuration; it adds the connector's name to what it was given. */
export function isApplied(wanted: ConnectorConfig, current: ConnectorConfig | undefined): boolean {
  if (current === undefined) return false
  const known = Object.keys(current).filter((key) => key !== 'name')
  return known.length === Object.keys(wanted).length && known.every((key) => current[key] === wanted[key])
}

/** The environment variables that a worker must have to run this connector. */
export function variablesOf(config: ConnectorConfig): string[] {
  const found = Object.values(config).flatMap((value) => [...value.matchAll(/\$\{env:([A-Z0-9_]+)\}/g)])
  return [...new Set(found.map((match) => match[1] ?? ''))].sort()
}
