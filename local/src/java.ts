import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatingError } from '@fintech-streams/cli'
import { type ProcessCommand } from './process-spec.ts'
import { CHECKOUT, type Environment, type Stack } from './stack.ts'

const execute = promisify(execFile)
export const JAVA_MIN = 17

/** Kafka, Connect and Debezium with all they depend on: one folder, shared by every stack of the checkout. */
export const JAVA_LIBRARIES = join(CHECKOUT, '.data/java')
const POM = join(CHECKOUT, 'local/pom.xml')
/** Says which `pom.xml` the folder was filled from. */
const STAMP = join(JAVA_LIBRARIES, 'pom.sha256')
const COPY_TIMEOUT_MS = 600_000

/** How one of the Java processes is started. */
interface JavaProcess {
  name: string
  heapMb: number
  mainClass: string
  args: readonly string[]
  env: Environment
}

/** The command of a Java process: its heap is bounded, and when it is full the process ends instead of limping on. */
export function javaCommand(stack: Stack, { name, heapMb, mainClass, args, env }: JavaProcess): ProcessCommand {
  const heap = [`-Xms${heapMb / 2}m`, `-Xmx${heapMb}m`, '-XX:+ExitOnOutOfMemoryError']
  const temporary = `-Djava.io.tmpdir=${temporaryFolder(stack, name)}`
  return {
    file: javaExecutable(stack.env),
    args: [...heap, temporary, '-cp', classPath(), mainClass, ...args],
    env,
  }
}

/**
 * Empties the process's temporary folder: libraries unpack native code there, and a killed process leaves it behind.
 * @throws OperatingError when Java or the libraries are missing.
 */
export async function prepareJava(stack: Stack, name: string): Promise<void> {
  await requireJava(stack.env)
  if (!hasJavaLibraries()) {
    throw new OperatingError(
      'java_libraries_missing',
      'Kafka and Debezium are not in .data/java yet: run npx stack setup',
    )
  }
  rmSync(temporaryFolder(stack, name), { recursive: true, force: true })
  mkdirSync(temporaryFolder(stack, name), { recursive: true })
}

/** Runs a Java tool to its end. */
export async function runJavaTool(
  stack: Stack,
  mainClass: string,
  args: readonly string[],
  env: Environment,
): Promise<void> {
  await execute(javaExecutable(stack.env), ['-cp', classPath(), mainClass, ...args], { env: { ...stack.env, ...env } })
}

const javaExecutable = (env: Environment): string =>
  env['JAVA_HOME'] === undefined ? 'java' : join(env['JAVA_HOME'], 'bin/java')

/** The class path of every Java process: the logging settings first, then the libraries. */
const classPath = (): string => [join(CHECKOUT, 'local/jvm'), join(JAVA_LIBRARIES, '*')].join(':')

const temporaryFolder = (stack: Stack, name: string): string => join(stack.dataDir, 'tmp', name)

/** Whether the libraries are those that `pom.xml` asks for. */
export function hasJavaLibraries(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === pomDigest()
}

/**
 * Downloads the libraries with Maven, unless they are there. A failed or interrupted download leaves nothing that counts
 * as done.
 * @throws OperatingError without Java or Maven, and with Maven's own words when it fails.
 */
export async function installJavaLibraries(env: Environment): Promise<'present' | 'installed'> {
  if (hasJavaLibraries()) return 'present'
  await requireJava(env)
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

/** @throws OperatingError when Java is missing or too old. */
async function requireJava(env: Environment): Promise<string> {
  const version = await javaVersion(env)
  if (version === undefined) {
    throw new OperatingError(
      'java_missing',
      `Java ${JAVA_MIN} or later is needed: install a JDK or set JAVA_HOME to one`,
    )
  }
  if (Number.parseInt(version, 10) < JAVA_MIN) {
    throw new OperatingError(
      'java_too_old',
      `Java ${version} is too old: install ${JAVA_MIN} or later, or set JAVA_HOME`,
    )
  }
  return version
}

/** The version of Java as it names itself, for example `17.0.15`; undefined when there is none. */
export async function javaVersion(env: Environment): Promise<string | undefined> {
  try {
    const { stderr } = await execute(javaExecutable(env), ['-version'], { env })
    return /version "([^"]+)"/.exec(stderr)?.[1]
  } catch {
    return undefined
  }
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
