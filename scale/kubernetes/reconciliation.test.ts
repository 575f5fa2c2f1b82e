import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { lakeCommandSettings, nightlySettings, generateSettings } from '@fintech-streams/reconciliation'

const CHECKOUT = join(import.meta.dirname, '../..')
const text = readFileSync(join(CHECKOUT, 'scale/kubernetes/reconciliation.yaml'), 'utf8')

interface Container {
  command: string[]
  env?: { name: string }[]
}
interface Manifest {
  kind: string
  data?: Record<string, string>
  spec?: unknown
}

const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest)

/** Every container, however deep. */
function containersOf(value: unknown): Container[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(containersOf)
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'containers' || name === 'initContainers' ? (inner as Container[]) : containersOf(inner),
  )
}

test('the manifest runs commands that there are, with variables that they know', () => {
  const known = new Set(
    Object.values({ ...lakeCommandSettings, ...nightlySettings, ...generateSettings }).map(({ env }) => env),
  )
  const containers = manifests.flatMap(({ spec }) => containersOf(spec))
  expect(containers.map(({ command }) => command.slice(4).join(' '))).toEqual(['lake', 'statements ingest', 'nightly'])
  for (const { command, env = [] } of containers) {
    expect(command.slice(2, 4)).toEqual(['cli/src/main.ts', 'reconciliation'])
    for (const { name } of env) expect(known).toContain(name)
  }
  const variables = manifests.flatMap(({ data }) => Object.keys(data ?? {}))
  expect(variables.length).toBeGreaterThan(0)
  for (const name of variables) expect(known).toContain(name)
})

test('the manifest for Spark runs the program that is there, and is filled in whole', () => {
  const spark = readFileSync(join(CHECKOUT, 'scale/kubernetes/spark-application.yaml'), 'utf8')
  const { spec } = parseAllDocuments(spark)[0]!.toJS() as { spec: { mainApplicationFile: string; arguments: string[] } }
  expect(existsSync(join(CHECKOUT, 'scale/spark', basename(spec.mainApplicationFile)))).toBe(true)
  expect(spec.arguments).toEqual(['--plan', 'PLAN', '--out', 'OUT'])
  const script = readFileSync(join(CHECKOUT, 'scale/spark/on-kubernetes.sh'), 'utf8')
  for (const blank of ['RUN_NAME', "'PLAN'", "'OUT'"]) {
    expect(spark).toContain(blank)
    expect(script).toContain(blank)
  }
})
