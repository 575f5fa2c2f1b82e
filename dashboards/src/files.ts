import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { contactPoints, notificationPolicies } from './alerting/contact.ts'
import { grafanaRules } from './alerting/grafana.ts'
import { prometheusRules } from './alerting/prometheus.ts'
import { dashboardOf } from './dashboard.ts'
import { DASHBOARDS } from './dashboards/index.ts'

const CHECKOUT = join(import.meta.dirname, '../..')

const json = (content: object): string => `${JSON.stringify(content, null, 2)}\n`

/** Everything that is generated, by its path in the checkout. */
const GENERATED: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    DASHBOARDS.map((value) => [`dashboards/json/${value.uid}.json`, () => json(dashboardOf(value))]),
  ),
  'dashboards/provisioning/alerting/rules.json': () => json(grafanaRules()),
  'dashboards/provisioning/alerting/contact-points.json': () => json(contactPoints()),
  'dashboards/provisioning/alerting/policies.json': () => json(notificationPolicies()),
  'docker/prometheus/rules.yml': prometheusRules,
}

/** The files that are not what the code makes, by their paths. */
export async function staleFiles(directory = CHECKOUT): Promise<string[]> {
  const stale: string[] = []
  for (const [path, render] of Object.entries(GENERATED)) {
    const found = await readFile(join(directory, path), 'utf8').catch(() => undefined)
    if (found !== render()) stale.push(path)
  }
  return stale
}

/** Writes every file. @returns the paths of those that changed. */
export async function writeFiles(directory = CHECKOUT): Promise<string[]> {
  const stale = await staleFiles(directory)
  for (const path of stale) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), GENERATED[path]!())
  }
  return stale
}
