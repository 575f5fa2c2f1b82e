import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { missingTool } from '@fintech-streams/testing'
import { PROMETHEUS_ALERTS, dashboards } from '@fintech-streams/dashboards'
import { ProcessorMetrics } from '@fintech-streams/processor'
import { AuditMetrics } from '@fintech-streams/audit'
import { SinkMetrics } from '@fintech-streams/sink'
import { LakeMetrics, IndexStreamMetrics, registerNightlyMetrics } from '@fintech-streams/reconciliation'
import { CounterMetrics } from '@fintech-streams/top-senders'
import { requestMetrics } from '@fintech-streams/api'
import { measureInfrastructure } from '@fintech-streams/monitor'
import { RiskScoreMetrics } from '@fintech-streams/risk-score'

const execute = promisify(execFile)

interface RuleTest {
  alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[]
}

const TESTS = ['rules.test.yml', 'rules.days.test.yml'] as const
const cases = TESTS.flatMap((name) => {
  const { tests } = parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as { tests: RuleTest[] }
  return tests.flatMap(({ alert_rule_test: own = [] }) => own)
})
const alerts = Object.values(PROMETHEUS_ALERTS).flat()

/** Every query of a dashboard on Prometheus, with Grafana's interval as a fixed one. */
const dashboardQueries = dashboards()
  .flatMap(({ panels = [] }) => panels)
  .flatMap((panel) => ('targets' in panel ? (panel.targets as { expr?: string }[]) : []))
  .flatMap(({ expr }) => (expr === undefined ? [] : [expr.replaceAll('$__rate_interval', '1m')]))

const hasPromtool = await execute('promtool', ['--version']).then(
  () => true,
  () => false,
)
if (!hasPromtool)
  missingTool('alerts and dashboard queries are not tested: install Prometheus (apt-get install prometheus)')
const testWithPromtool = test.skipIf(!hasPromtool)

async function promtool(...args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await execute('promtool', args, { cwd: import.meta.dirname })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(stdout + stderr, { cause: error })
  }
}

describe('alerts', () => {
  testWithPromtool.each(TESTS)(
    'fire and stay silent in the cases of %s',
    async (name) => {
      expect(await promtool('test', 'rules', name)).toContain('SUCCESS')
      // promtool evaluates hours of rules: half a minute where it has a processor to itself.
    },
    300_000,
  )

  testWithPromtool('belong to a configuration that Prometheus takes', async () => {
    expect(await promtool('check', 'config', 'prometheus.yml')).toContain(`SUCCESS: ${alerts.length} rules found`)
  })

  test.each(alerts)('$name has a case in which it fires and one in which it does not', ({ name }) => {
    const own = cases.filter(({ alertname }) => alertname === name)
    expect(own.some(({ exp_alerts: expected = [] }) => expected.length > 0)).toBe(true)
    expect(own.some(({ exp_alerts: expected = [] }) => expected.length === 0)).toBe(true)
  })
})

describe('dashboards', () => {
  testWithPromtool('ask in PromQL that Prometheus takes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'promql-'))
    try {
      const file = join(folder, 'queries.yml')
      const recorded = dashboardQueries.map((expr, index) => ({ record: `query:${index}`, expr }))
      await writeFile(file, stringify({ groups: [{ name: 'dashboards', rules: recorded }] }))
      expect(await promtool('check', 'rules', file)).toContain(`${recorded.length} rules found`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/** Metrics that no program of ours registers: Prometheus' own. */
const FOREIGN = ['up', 'ALERTS']
/** Labels that Prometheus gives to every series. */
const OF_EVERY_SERIES = ['job', 'instance']
const WORDS = ['and', 'or', 'unless', 'offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool']

/** The query without texts, label matchers, ranges, offsets and lists of labels. */
const bare = (query: string): string =>
  query
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|offset \w+/g, '')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)/g, '')

/** The metrics that a query asks for: every name that is neither a function's nor a word of the language. */
const metricsIn = (query: string): string[] =>
  [...bare(query).matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?! *\(|\w)/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.includes(name))

/** Labels that a query needs, each with the metrics that must have it: by matcher, and by what stands behind `by (…)`. */
function labelsIn(query: string): { label: string; of: string[] }[] {
  const matched = [...query.matchAll(/([\w:]+)\{([^}]*)\}/g)].flatMap(([, name = '', matchers = '']) =>
    [...matchers.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => ({ label, of: [name] })),
  )
  const grouped = [...query.matchAll(/\bby \(([^)]*)\) \(/g)].flatMap(({ 0: found, 1: labels = '', index }) => {
    const of = metricsIn(inParentheses(query.slice(index + found.length)))
    return labels.split(/, */).flatMap((label) => (label === '' ? [] : [{ label, of }]))
  })
  return [...matched, ...grouped]
}

/** What stands before the parenthesis that closes one opened before the text. */
function inParentheses(text: string): string {
  let depth = 1
  const end = [...text].findIndex((char) => {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0
    return depth === 0
  })
  return text.slice(0, end)
}

describe('metrics', () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new ProcessorMetrics(registry)
  new SinkMetrics(registry)
  new AuditMetrics(registry)
  new LakeMetrics(registry)
  new IndexStreamMetrics(registry)
  registerNightlyMetrics(registry, '')
  new CounterMetrics(registry)
  new RiskScoreMetrics(registry, () => [])
  requestMetrics(registry)
  const nothing = async () => ({ ok: false, reason: 'nobody is asked' }) as const
  measureInfrastructure(registry, { broker: nothing, connect: nothing })
  /** A histogram is asked for by the names of its series. */
  const labelsOf = (name: string): string[] | undefined => {
    const metric = registry.getSingleMetric(name) ?? registry.getSingleMetric(name.replace(/_(bucket|sum|count)$/, ''))
    return (metric as { labelNames?: string[] } | undefined)?.labelNames
  }
  /** What of a query no program has: metrics, and labels of metrics. */
  const unknownIn = (query: string): string[] => [
    ...metricsIn(query).filter((name) => !FOREIGN.includes(name) && labelsOf(name) === undefined),
    ...labelsIn(query).flatMap(({ label, of }) =>
      of
        .filter((name) => !FOREIGN.includes(name))
        .filter((name) => ![...(labelsOf(name) ?? []), 'le', ...OF_EVERY_SERIES].includes(label))
        .map((name) => `${name} by ${label}`),
    ),
  ]

  test.each([...alerts.map(({ expr }) => expr), ...dashboardQueries])(
    'of %s are those that the programs have',
    (query) => {
      expect(metricsIn(query)).not.toEqual([])
      expect(unknownIn(query)).toEqual([])
    },
  )

  test.each([
    ['sum(some_new_total) > 3', ['some_new_total']],
    ['time() - max by (job) (nothing_seconds{job="lake"} > 0 or up)', ['nothing_seconds']],
    ['sum by (topic) (sink_lag_records)', []],
    ['sum by (table) (sink_lag_records) unless on (table) up', ['sink_lag_records by table']],
    ['max(sink_lag_records{table="a"} offset 5m)', ['sink_lag_records by table']],
    ['sum by (le, stage) (rate(processor_commit_duration_seconds_bucket[5m]))', []],
  ])('of %s that no program has are noticed', (query, unknown) => {
    expect(unknownIn(query)).toEqual(unknown)
  })
})
