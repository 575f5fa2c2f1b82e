import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { COMPOSE_FILE, composeText, memoryLimitBytes, servicesOf } from '@fintech-streams/docker'

const execute = promisify(execFile)
const CHECK = join(import.meta.dirname, '../../docker/check/run.sh')

interface Project {
  services: Record<
    string,
    {
      image: string
      command?: string[]
      environment?: Record<string, string | null>
      ports?: { published: string; host_ip: string }[]
      depends_on?: Record<string, { condition: string }>
      deploy?: { replicas?: number; resources: { limits: { memory: string } } }
    }
  >
}

const hasGo = await execute('go', ['version']).then(
  () => true,
  () => false,
)

const GO_MISSING = 'go is missing: install Go 1.24 or later, which builds docker/check'
// The reporter keeps a skipped test's reason to itself.
if (!hasGo) process.stderr.write(`docker-compose.yml is not read by compose's loader: ${GO_MISSING}\n`)

/** The project that compose's own loader makes of a file. */
async function loaded(context: TestContext, file: string, ...environment: string[]): Promise<Project> {
  if (!hasGo) context.skip(GO_MISSING)
  const { stdout } = await execute(CHECK, [file, ...environment], { maxBuffer: 16 * 2 ** 20 })
  return JSON.parse(stdout) as Project
}

describe('docker-compose.yml, read by the loader of docker compose', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compose-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('is what the unit tests see in it', async (context) => {
    const project = await loaded(context, COMPOSE_FILE)
    const expected = servicesOf(composeText())
    expect(Object.keys(project.services).sort()).toEqual(Object.keys(expected).sort())
    for (const [name, service] of Object.entries(expected)) {
      const found = project.services[name]!
      expect(found.image).toBe(service.image)
      expect(found.command ?? []).toEqual(service.command ?? [])
      expect(found.environment ?? {}).toEqual(service.environment ?? {})
      expect(Number(found.deploy?.resources.limits.memory)).toBe(memoryLimitBytes(service))
      const conditions = Object.entries(found.depends_on ?? {}).map(([on, { condition }]) => [on, { condition }])
      expect(Object.fromEntries(conditions)).toEqual(service.depends_on ?? {})
    }
  })

  test('follows the variables that move ports and set secrets', async (context) => {
    const variables = ['KAFKA_PORT=19092', 'POSTGRES_PASSWORD=changed', 'GENERATOR_RATE=25', 'PROCESSOR_WORKERS=2']
    const { kafka, postgres, migrate, generator, processor } = (await loaded(context, COMPOSE_FILE, ...variables))
      .services
    expect(kafka?.ports).toMatchObject([{ host_ip: '127.0.0.1', published: '19092' }])
    expect(kafka?.environment?.['KAFKA_ADVERTISED_LISTENERS']).toContain('EXTERNAL://localhost:19092')
    expect(postgres?.environment?.['POSTGRES_PASSWORD']).toBe('changed')
    expect(migrate?.environment?.['POSTGRES_PASSWORD']).toBe('changed')
    expect(generator?.environment?.['GENERATOR_RATE']).toBe('25')
    expect(processor?.deploy?.replicas).toBe(2)
  })

  test.for([
    [
      'a service that nobody declares',
      'kafka: { condition: service_healthy }',
      'kafak: { condition: service_healthy }',
    ],
    ['an attribute that compose does not know', 'stop_grace_period: 60s', 'stop_grace_perod: 60s'],
    ['a limit that is no size', 'memory: 768m', 'memory: much'],
  ] as const)('would be refused with %s', async ([, right, wrong], context) => {
    const text = composeText()
    expect(text).toContain(right)
    const file = join(folder, 'docker-compose.yml')
    await writeFile(file, text.replace(right, wrong))
    await expect(loaded(context, file)).rejects.toThrow(/check: /)
  })
})
