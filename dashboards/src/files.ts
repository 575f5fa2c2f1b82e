import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { pipelineHealth } from './pipeline-health/dashboard.ts'

/** Where Grafana's provisioning finds the dashboards. */
export const JSON_DIRECTORY = join(import.meta.dirname, '..', 'json')

/** Every dashboard by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'pipeline-health.json': pipelineHealth,
}

/** A dashboard as its file holds it. */
export const rendered = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`

/** The files that are not what the code makes. */
export async function staleFiles(directory = JSON_DIRECTORY): Promise<string[]> {
  const stale: string[] = []
  for (const [name, build] of Object.entries(DASHBOARDS)) {
    const found = await readFile(join(directory, name), 'utf8').catch(() => undefined)
    if (found !== rendered(build())) stale.push(name)
  }
  return stale
}

/** Writes every dashboard. @returns the names of the files that changed. */
export async function writeFiles(directory = JSON_DIRECTORY): Promise<string[]> {
  const stale = await staleFiles(directory)
  for (const name of stale) await writeFile(join(directory, name), rendered(DASHBOARDS[name]!()))
  return stale
}
