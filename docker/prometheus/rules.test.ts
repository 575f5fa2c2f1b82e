import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, test, type TestContext } from 'vitest'
import { parse, stringify } from 'yaml'
import { dashboards } from '@fintech-streams/dashboards'
import { ProcessorMetrics } from '@fintech-streams/processor'
import { AuditMetrics } from '@fintech-streams/audit'
import { SinkMetrics } from '@fintech-streams/sink'
import { LakeMetrics, registerNightlyMetrics } from '@fintech-streams/reconciliation'
import { CounterMetrics } from '@fintech-streams/top-senders'
import { requestMetrics } from '@fintech-streams/api'
import { measureInfrastructure } from '@fintech-streams/monitor'

const execute = promisify(execFile)

interface Rule {
  alert: string
  expr: string
  annotations: Record<string, string>
}
interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[]
}

const yamlFile = (name: string): unknown => parse(readFileSync(join(import.meta.dirname, name), 'utf8'))
const rules = (yamlFile('rules.yml') as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules)
const cases = (yamlFile('rules.test.yml') as { tests: RuleTest[] }).tests.flatMap((one) => one.alert_rule_test)

/** Every query of a dashboard on Prometheus, with Grafana's interval as a fixed one. */
const dashboardQueries = dashboards()
  .flatMap(({ panels }) => panels ?? [])
  .flatMap((panel) => ('targets' in panel ? (panel.targets as { expr?: string }[]) : []))
  .flatMap(({ expr }) => (expr === undefined ? [] : [expr.replaceAll('$__rate_interval', '1m')]))

const hasPromtool = await execute('promtool', ['--version']).then(
  () => true,
  () => false,
)
const PROMTOOL_MISSING = 'promtool is missing: install Prometheus (apt-get install prometheus)'
// The reporter keeps a skipped test's reason to itself.
if (!hasPromtool) process.stderr.write(`alerts and dashboard queries are not tested: ${PROMTOOL_MISSING}\n`)

async function promtool(context: TestContext, ...args: string[]): Promise<string> {
  if (!hasPromtool) context.skip(PROMTOOL_MISSING)
  try {
    const { stdout, stderr } = await execute('promtool', args, { cwd: import.meta.dirname })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(stdout + stderr, { cause: error })
  }
}

describe('alerts', () => {
  test('fire and stay silent in the cases of rules.test.yml', async (context) => {
    expect(await promtool(context, 'test', 'rules', 'rules.test.yml')).toContain('SUCCESS')
    // promtool evaluates hours of rules: half a minute where it has a processor to itself.
  }, 300_000)

  test('belong to a configuration that Prometheus takes', async (context) => {
    expect(await promtool(context, 'check', 'config', 'prometheus.yml')).toContain(
      `SUCCESS: ${rules.length} rules found`,
    )
  })

  test.each(rules.map(({ alert }) => alert))(
    '%s has a case in which it fires and one in which it does not',
    (alert) => {
      const own = cases.filter(({ alertname }) => alertname === alert)
      expect(own.some(({ exp_alerts: expected = [] }) => expected.length > 0)).toBe(true)
      expect(own.some(({ exp_alerts: expected = [] }) => expected.length === 0)).toBe(true)
    },
  )

  test('say what is wrong and what it means', () => {
    for (const { annotations } of rules) {
      expect(Object.keys(annotations)).toEqual(['summary', 'description'])
      expect(annotations['description']).toMatch(/\.$/)
    }
  })
})

describe('dashboards', () => {
  test('ask in PromQL that Prometheus takes', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'promql-'))
    try {
      const file = join(folder, 'queries.yml')
      const recorded = dashboardQueries.map((expr, index) => ({ record: `query:${index}`, expr }))
      await writeFile(file, stringify({ groups: [{ name: 'dashboards', rules: recorded }] }))
      expect(await promtool(context, 'check', 'rules', file)).toContain(`${recorded.length} rules found`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('metrics', () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new ProcessorMetrics(registry)
  new SinkMetrics(registry)
  new AuditMetrics(registry)
  new LakeMetrics(registry)
  registerNightlyMetrics(registry, '')
  new CounterMetrics(registry)
  requestMetrics(registry)
  const nothing = async () => ({ ok: false, reason: 'nobody is asked' }) as const
  measureInfrastructure(registry, { broker: nothing, connect: nothing })
  /** A histogram is asked for by the names of its series. */
  const labelsOf = (name: string): string[] | undefined => {
    const metric = registry.getSingleMetric(name) ?? registry.getSingleMetric(name.replace(/_(bucket|sum|count)$/, ''))
    return (metric as { labelNames?: string[] } | undefined)?.labelNames
  }
  const queries = [...rules.map(({ expr }) => expr), ...dashboardQueries]

  test.each(queries)('of %s are those that the programs have', (query) => {
    for (const [name] of query.matchAll(
      /\b(?:processor|sink|counter|serving|fintech_conservation|lake|reconciliation|process|nodejs)_\w+/g,
    )) {
      const own = labelsOf(name)
      expect(own, `no program has the metric ${name}`).toBeDefined()
      const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '))
      for (const label of grouped) expect([...(own ?? []), 'le', 'instance'], `${name} by ${label}`).toContain(label)
    }
  })
})
