import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatingError } from '@fintech-streams/service'
import { CHECKOUT, type Environment } from './stack.ts'

const execute = promisify(execFile)

/** Kafka, Connect and Debezium with all they depend on: one folder, shared by every stack of the checkout. */
export const JAVA_LIBRARIES = join(CHECKOUT, '.data/java')
const POM = join(CHECKOUT, 'local/pom.xml')
/** Says which `pom.xml` the folder was filled from. */
const STAMP = join(JAVA_LIBRARIES, 'pom.sha256')
const COPY_TIMEOUT_MS = 600_000

/** Whether the libraries are those that `pom.xml` asks for. */
export function hasJavaLibraries(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === pomDigest()
}

/** @throws OperatingError when the libraries are missing or of another `pom.xml`. */
export function requireJavaLibraries(): void {
  if (hasJavaLibraries()) return
  throw new OperatingError(
    'java_libraries_missing',
    'Kafka and Debezium are not in .data/java yet: run npx fintech stack setup',
  )
}

/**
 * Downloads the libraries with Maven, unless they are there. A failed or interrupted download leaves nothing that counts
 * as done.
 * @throws OperatingError without Maven, and with Maven's own words when it fails.
 */
export async function installJavaLibraries(env: Environment): Promise<'present' | 'installed'> {
  if (hasJavaLibraries()) return 'present'
  const staging = `${JAVA_LIBRARIES}.${process.pid}`
  mkdirSync(staging, { recursive: true })
  try {
    await mavenCopy(staging, env)
    writeFileSync(join(staging, 'pom.sha256'), pomDigest())
    rmSync(JAVA_LIBRARIES, { recursive: true, force: true })
    renameSync(staging, JAVA_LIBRARIES)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
  return 'installed'
}

/** The version of Maven, for example `3.8.7`; undefined when there is none. */
export async function mavenVersion(env: Environment): Promise<string | undefined> {
  try {
    const { stdout } = await execute('mvn', ['-B', '-v'], { env })
    return /Apache Maven (\S+)/.exec(stripColors(stdout))?.[1]
  } catch {
    return undefined
  }
}

async function mavenCopy(folder: string, env: Environment): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
  try {
    await execute('mvn', ['-B', '-q', '-f', POM, ...goal], {
      env,
      timeout: COPY_TIMEOUT_MS,
      maxBuffer: 16 * 1024 * 1024,
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new OperatingError('maven_missing', 'Maven is needed to download Kafka and Debezium: install mvn', error)
    }
    const { stdout = '' } = error as { stdout?: string }
    const reason = stripColors(stdout)
      .split('\n')
      .find((line) => line.startsWith('[ERROR]'))
    throw new OperatingError(
      'maven_failed',
      `Maven could not download Kafka and Debezium: ${reason ?? String(error)}`,
      error,
    )
  }
}

function pomDigest(): string {
  return createHash('sha256').update(readFileSync(POM)).digest('hex')
}

function stripColors(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, '')
}
