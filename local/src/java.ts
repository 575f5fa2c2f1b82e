import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatingError } from '@fintech-streams/service'
import { JAVA_LIBRARIES, requireJavaLibraries } from './java-libraries.ts'
import { type ProcessCommand } from './process-spec.ts'
import { CHECKOUT, type Environment, type Stack } from './stack.ts'

const execute = promisify(execFile)
export const JAVA_MIN = 17

/** How one of the Java processes is started. */
interface JavaProcess {
  name: string
  heapMb: number
  /** What else the process is told about its memory and its compilers; compose tells it the same. */
  options: readonly string[]
  mainClass: string
  args: readonly string[]
  env: Environment
}

/** The command of a Java process: its heap is bounded, and when it is full the process ends instead of limping on. */
export function javaCommand(
  stack: Stack,
  { name, heapMb, options: own, mainClass, args, env }: JavaProcess,
): ProcessCommand {
  const heap = [`-Xms${heapMb / 2}m`, `-Xmx${heapMb}m`, '-XX:+ExitOnOutOfMemoryError']
  const options = [...heap, ...own, ...javaOptions(stack.env)]
  const temporary = `-Djava.io.tmpdir=${temporaryFolder(stack, name)}`
  return {
    file: javaExecutable(stack.env),
    args: [...options, temporary, '-cp', classPath(), mainClass, ...args],
    env,
  }
}

/**
 * Empties the process's temporary folder: libraries unpack native code there, and a killed process leaves it behind.
 * @throws OperatingError when Java or the libraries are missing.
 */
export async function prepareJava(stack: Stack, name: string): Promise<void> {
  await requireJava(stack.env)
  requireJavaLibraries()
  rmSync(temporaryFolder(stack, name), { recursive: true, force: true })
  mkdirSync(temporaryFolder(stack, name), { recursive: true })
}

/** Runs a Java tool to its end, which comes before a second compiler would be of use. */
export async function runJavaTool(
  stack: Stack,
  mainClass: string,
  args: readonly string[],
  env: Environment,
): Promise<void> {
  await execute(javaExecutable(stack.env), ['-XX:TieredStopAtLevel=1', '-cp', classPath(), mainClass, ...args], {
    env: { ...stack.env, ...env },
  })
}

/** The command of a Java program of this checkout that has Kafka's libraries. @param args a source file or class, and its own. */
export function javaToolCommand(
  env: NodeJS.ProcessEnv,
  heapMb: number,
  args: readonly string[],
): { file: string; args: string[] } {
  return { file: javaExecutable(env), args: [`-Xmx${heapMb}m`, ...javaOptions(env), '-cp', classPath(), ...args] }
}

/** `JAVA_OPTS`: more options, with spaces between, for every Java process but tools that end within seconds. */
const javaOptions = (env: NodeJS.ProcessEnv): string[] => (env['JAVA_OPTS'] ?? '').split(' ').filter(Boolean)

const javaExecutable = (env: NodeJS.ProcessEnv): string =>
  env['JAVA_HOME'] === undefined ? 'java' : join(env['JAVA_HOME'], 'bin/java')

/** The class path of every Java process: the logging settings first, then the libraries. */
const classPath = (): string => [join(CHECKOUT, 'local/jvm'), join(JAVA_LIBRARIES, '*')].join(':')

const temporaryFolder = (stack: Stack, name: string): string => join(stack.dataDir, 'tmp', name)

/** @throws OperatingError when Java is missing or too old. */
export async function requireJava(env: NodeJS.ProcessEnv): Promise<string> {
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
export async function javaVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stderr } = await execute(javaExecutable(env), ['-version'], { env })
    return /version "([^"]+)"/.exec(stderr)?.[1]
  } catch {
    return undefined
  }
}
