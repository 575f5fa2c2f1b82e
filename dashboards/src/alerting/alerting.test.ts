import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { composeText, servicesOf } from '@fintech-streams/docker'
import { DASHBOARDS } from '../dashboards/index.ts'
import { contactPoints, notificationPolicies } from './contact.ts'
import { grafanaRules } from './grafana.ts'
import { POSTGRES_ALERTS } from './postgres-alerts.ts'
import { PROMETHEUS_ALERTS } from './prometheus-alerts.ts'

interface ProvisionedRule {
  readonly uid: string
  readonly title: string
  readonly condition: string
  readonly data: { refId: string; datasourceUid: string; model: { refId: string; expression?: string } }[]
}
interface Provisioned {
  readonly deleteRules: { uid: string }[]
  readonly groups: { rules: ProvisionedRule[] }[]
}

const PROMETHEUS = Object.values(PROMETHEUS_ALERTS).flat()
const ALL = [...PROMETHEUS, ...POSTGRES_ALERTS]
const { deleteRules, groups } = grafanaRules() as Provisioned
const rules = groups.flatMap((group) => group.rules)

describe('alerts', () => {
  test('are declared once each', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length)
    expect(new Set(PROMETHEUS.map(({ expr }) => expr)).size).toBe(PROMETHEUS.length)
  })

  test.each(ALL)('$name says what is wrong, and what to do', ({ name, summary, description, lasting }) => {
    expect(name).toMatch(/^([A-Z][a-z]+)+$/)
    expect(summary).toMatch(/\w$|\}$/)
    expect(description).toMatch(/\.$/)
    expect(lasting ?? '0s').toMatch(/^\d+[sm]$/)
  })

  test.each(POSTGRES_ALERTS)('$name shows its number, and where to look', ({ description, dashboard }) => {
    expect(description).toContain('$values.A.Value')
    expect(DASHBOARDS.map(({ uid }) => uid)).toContain(dashboard)
  })
})

describe('rules of Grafana', () => {
  test('are those on Postgres, and one that passes on what Prometheus says', () => {
    expect(rules.map(({ title }) => title)).toEqual(['Prometheus', ...POSTGRES_ALERTS.map(({ name }) => name)])
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length)
    for (const { uid } of deleteRules) expect(rules.map((rule) => rule.uid)).not.toContain(uid)
  })

  test.each(rules)('$uid compares its own query with its bound', ({ condition, data }) => {
    expect(data.map(({ refId }) => refId)).toEqual(['A', 'B'])
    for (const { refId, model } of data) expect(model.refId).toBe(refId)
    expect(data.at(-1)?.model.expression).toBe('A')
    expect(condition).toBe('B')
  })

  test('ask data sources that are provisioned', async () => {
    const file = join(import.meta.dirname, '../../provisioning/datasources/datasources.yml')
    const { datasources } = parse(await readFile(file, 'utf8')) as { datasources: { uid: string }[] }
    for (const { data } of rules) {
      expect([...datasources.map(({ uid }) => uid), '__expr__']).toContain(data[0]?.datasourceUid)
    }
  })

  test('name no variable of the environment where Grafana looks for them', () => {
    for (const { title, data } of rules) expect(title + JSON.stringify(data)).not.toContain('$')
  })
})

test('alerts go to a contact point that there is', () => {
  const [point] = (contactPoints() as { contactPoints: { name: string }[] }).contactPoints
  const [policy] = (notificationPolicies() as { policies: { receiver: string }[] }).policies
  expect(policy?.receiver).toBe(point?.name)
})

test('Grafana has every variable that its provisioning names', async () => {
  const { environment = {} } = servicesOf(composeText())['grafana'] ?? {}
  const datasources = await readFile(
    join(import.meta.dirname, '../../provisioning/datasources/datasources.yml'),
    'utf8',
  )
  const files = [JSON.stringify(contactPoints()), JSON.stringify(notificationPolicies()), datasources]
  const wanted = files.flatMap((file) => [...file.matchAll(/\$([A-Z_]+)/g)].map(([, name]) => name))
  expect(wanted.length).toBeGreaterThan(3)
  for (const name of wanted) expect(Object.keys(environment)).toContain(name)
})
