import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { apiSettings } from '@fintech-streams/api'
import { counterSettings } from '@fintech-streams/top-senders'

const MANIFEST = join(import.meta.dirname, 'serving.yaml')

interface Container {
  name: string
  command: string[]
  env: { name: string; value?: string }[]
}
interface Manifest {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec?: { template?: { spec: { terminationGracePeriodSeconds: number; containers: Container[] } } }
}

const manifests = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document) => document.toJS() as Manifest)
const shared = manifests.flatMap(({ data }) => Object.keys(data ?? {}))
const deployments = manifests.flatMap(({ metadata: { name }, spec }) =>
  spec?.template === undefined ? [] : [{ name, ...spec.template.spec }],
)

test.each([
  ['fintech-api', 'serving', apiSettings],
  ['fintech-counter', 'top-senders', counterSettings],
] as const)('%s runs a command that there is, with variables that it knows', (name, program, settings) => {
  const deployment = deployments.find((one) => one.name === name)
  const [container] = deployment?.containers ?? []
  expect(container?.command.slice(2)).toEqual(['cli/src/main.ts', program])
  const known = Object.values(settings).map(({ env }) => env)
  for (const variable of [...shared, ...(container?.env ?? []).map((one) => one.name)])
    expect(known).toContain(variable)
})

test('the API has the time to drain that it takes', () => {
  const api = deployments.find(({ name }) => name === 'fintech-api')
  const delay = api?.containers[0]?.env.find(({ name }) => name === 'API_DRAIN_DELAY')?.value ?? ''
  const drainSeconds = Number(/^(\d+)s$/.exec(delay)?.[1])
  expect(drainSeconds + 10).toBeLessThan(api?.terminationGracePeriodSeconds ?? 0)
})
