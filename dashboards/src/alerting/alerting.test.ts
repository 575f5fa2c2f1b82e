import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { composeText, servicesOf } from '@fintech-streams/docker'
import { DASHBOARDS } from '../files.ts'
import { contactPoints, notificationPolicies } from './contact.ts'
import { ALERT_RULES, ruleGroups } from './rules.ts'

interface ProvisionedRule {
  readonly uid: string
  readonly condition: string
  readonly data: { refId: string; datasourceUid: string; model: { refId: string; expression?: string } }[]
}

const rules = (ruleGroups() as { groups: { rules: ProvisionedRule[] }[] }).groups.flatMap((group) => group.rules)

describe('alert rules', () => {
  test('have uids and titles of their own', () => {
    expect(new Set(ALERT_RULES.map(({ uid }) => uid)).size).toBe(ALERT_RULES.length)
    expect(new Set(ALERT_RULES.map(({ title }) => title)).size).toBe(ALERT_RULES.length)
  })

  test.each(ALERT_RULES)('$title says what is wrong, what to do, and where to look', (rule) => {
    expect(rule.summary).toMatch(/\w/)
    expect(rule.description).toMatch(/\$values\.A\.Value.*\.$/)
    expect(DASHBOARDS).toHaveProperty([`${rule.dashboard}.json`])
    expect(rule.lasting).toMatch(/^\d+[sm]$/)
    // Grafana would take it for a variable of its environment.
    expect(rule.title + rule.summary).not.toContain('$')
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
