import { existsSync, statfsSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { JAVA_MIN, javaVersion } from './java.ts'
import { hasJavaLibraries, JAVA_LIBRARIES, mavenVersion } from './java-libraries.ts'
import { runToEnd } from './programs.ts'
import { isFree } from './ports.ts'
import { postgresHome } from './postgres-home.ts'
import { type Stack } from './stack.ts'
import { stackStatus, type ProcessStatus } from './status.ts'

/** One thing that was looked at. */
export interface Finding {
  readonly ok: boolean
  readonly name: string
  readonly found: string
}

const NODE_MIN = 24
const DISK_MIN_GB = 2
const MEMORY_MIN_GB = 3

/** Checks everything that the stack needs, and the state of its processes. Changes nothing. */
export async function examine(stack: Stack): Promise<Finding[]> {
  const statuses = await stackStatus(stack)
  return [
    node(),
    await java(stack),
    await maven(stack),
    postgres(stack),
    disk(stack),
    memory(),
    { ok: true, name: 'data', found: `${stack.dataDir} (FINTECH_DATA_DIR)` },
    ...statuses.map(condition),
    ...(await connectors(stack, statuses)),
    ...(await takenPorts(statuses)),
  ]
}

function node(): Finding {
  const ok = Number.parseInt(process.versions.node, 10) >= NODE_MIN
  return { ok, name: 'node', found: ok ? process.version : `${process.version} is too old: npm ci brings ${NODE_MIN}` }
}

async function java(stack: Stack): Promise<Finding> {
  const version = await javaVersion(stack.env)
  const ok = version !== undefined && Number.parseInt(version, 10) >= JAVA_MIN
  const advice = `install a JDK ${JAVA_MIN} or later, or set JAVA_HOME to one`
  return { ok, name: 'java', found: ok ? version : `${version ?? 'missing'}: ${advice}` }
}

/** Maven is needed only as long as the libraries are not there. */
async function maven(stack: Stack): Promise<Finding> {
  if (hasJavaLibraries()) return { ok: true, name: 'kafka, debezium', found: JAVA_LIBRARIES }
  const version = await mavenVersion(stack.env)
  const advice =
    version === undefined ? 'install mvn (Maven), then run npx fintech stack setup' : 'run npx fintech stack setup'
  return { ok: false, name: 'kafka, debezium', found: `not downloaded: ${advice}` }
}

function postgres(stack: Stack): Finding {
  try {
    const { data, user } = postgresHome(stack)
    const who = user === undefined ? '' : `, run by the system user postgres (${user.uid})`
    return { ok: true, name: 'postgres data', found: `${data}${existsSync(data) ? '' : ', not created yet'}${who}` }
  } catch (error) {
    return { ok: false, name: 'postgres data', found: (error as Error).message }
  }
}

function disk(stack: Stack): Finding {
  const { bavail, bsize } = statfsSync(existsSync(stack.dataDir) ? stack.dataDir : stack.checkout)
  const freeGb = (bavail * bsize) / 2 ** 30
  return {
    ok: freeGb >= DISK_MIN_GB,
    name: 'disk',
    found: `${freeGb.toFixed(1)} GB free${freeGb >= DISK_MIN_GB ? '' : `: at least ${DISK_MIN_GB} GB are needed`}`,
  }
}

function memory(): Finding {
  const totalGb = totalmem() / 2 ** 30
  const found = `${totalGb.toFixed(1)} GB, ${(freemem() / 2 ** 30).toFixed(1)} GB unused`
  const ok = totalGb >= MEMORY_MIN_GB
  return { ok, name: 'memory', found: ok ? found : `${found}: at least ${MEMORY_MIN_GB} GB are needed` }
}

function condition({ spec, info, condition: found, detail }: ProcessStatus): Finding {
  const described = {
    ready: `ready, pid ${info.pid}`,
    'not ready': `runs with pid ${info.pid} and is not ready: ${detail}`,
    died: `died without being asked to: npx fintech stack start ${spec.name} starts it again${detail}`,
    stopped: 'not started',
  }
  return { ok: found === 'ready' || found === 'stopped', name: spec.name, found: described[found] }
}

/** The connectors, as their own command sees them, when Connect can be asked. */
async function connectors(stack: Stack, statuses: readonly ProcessStatus[]): Promise<Finding[]> {
  if (!statuses.some(({ spec, condition: found }) => spec.name === 'connect' && found === 'ready')) return []
  try {
    await runToEnd(stack, 'connectors', ['status'], () => undefined)
    return [{ ok: true, name: 'connectors', found: 'running' }]
  } catch (error) {
    return [{ ok: false, name: 'connectors', found: (error as Error).message }]
  }
}

/** Ports of processes that do not run, and that another program uses. */
async function takenPorts(statuses: readonly ProcessStatus[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { spec, condition: found } of statuses) {
    if (found === 'ready' || found === 'not ready') continue
    for (const { port, variable } of spec.ports) {
      if (await isFree(port)) continue
      const advice = `in use by another program, so ${spec.name} cannot start: stop it or set ${variable}`
      findings.push({ ok: false, name: `port ${port}`, found: advice })
    }
  }
  return findings
}
