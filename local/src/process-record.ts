import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Stack } from './stack.ts'

/** What is known of a process of the stack from its files and the system. */
export interface ProcessInfo {
  readonly name: string
  readonly pid: number | undefined
  readonly running: boolean
  /** The stack has started it and not stopped it since: one that is not running any more has died. */
  readonly expected: boolean
  readonly logFile: string
}

/** Reads a process's state. A pid that the system has since given to another process is not mistaken for it. */
export function processInfo(stack: Stack, name: string): ProcessInfo {
  const record = readRecord(stack, name)
  return {
    name,
    pid: record?.pid,
    running: record !== undefined && bornOf(record.pid) === record.born,
    expected: record !== undefined,
    logFile: logFile(stack, name),
  }
}

/** Names of the processes that were started and not stopped since. */
export function recordedNames(stack: Stack): string[] {
  try {
    return readdirSync(pidDir(stack))
      .filter((file) => file.endsWith('.pid'))
      .map((file) => file.slice(0, -'.pid'.length))
      .sort()
  } catch {
    return []
  }
}

/** Remembers a process that has just been started. Its pid file holds nothing but the pid. */
export function writeRecord(stack: Stack, name: string, pid: number): void {
  mkdirSync(pidDir(stack), { recursive: true })
  writeFileSync(bornFile(stack, name), bornOf(pid) ?? '')
  writeFileSync(pidFile(stack, name), `${pid}\n`)
}

/** Forgets a process that has ended on request. */
export function removeRecord(stack: Stack, name: string): void {
  rmSync(pidFile(stack, name), { force: true })
  rmSync(bornFile(stack, name), { force: true })
}

/**
 * Sends a signal to the process itself, as `kill` does; its children are told by nobody.
 * @returns whether there was such a process.
 */
export function kill(stack: Stack, name: string, signal: NodeJS.Signals): boolean {
  const { pid, running } = processInfo(stack, name)
  if (!running || pid === undefined) return false
  process.kill(pid, signal)
  return true
}

/** Ends what a process that is gone has left in its process group. */
export function killRemains(stack: Stack, name: string): void {
  const record = readRecord(stack, name)
  if (record === undefined || bornOf(record.pid) !== undefined) return
  // The system does not reuse a pid while a process group has it, but after a reboot all pids are free again.
  if (process.platform === 'linux' && !record.born.startsWith(bootId())) return
  try {
    process.kill(-record.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export const logFile = (stack: Stack, name: string): string => join(stack.dataDir, 'logs', `${name}.log`)

const pidDir = (stack: Stack): string => join(stack.dataDir, 'pids')
const pidFile = (stack: Stack, name: string): string => join(pidDir(stack), `${name}.pid`)
const bornFile = (stack: Stack, name: string): string => join(pidDir(stack), `${name}.born`)

function readRecord(stack: Stack, name: string): { pid: number; born: string } | undefined {
  try {
    const pid = Number(readFileSync(pidFile(stack, name), 'utf8'))
    return Number.isInteger(pid) && pid > 1 ? { pid, born: readFileSync(bornFile(stack, name), 'utf8') } : undefined
  } catch {
    return undefined
  }
}

/**
 * When the system started the process with this pid, in a form that only compares for equality: a pid together with it
 * names one process, also across restarts of the machine. Undefined when there is none, or only its zombie.
 */
export function bornOf(pid: number): string | undefined {
  return process.platform === 'linux' ? bornOfLinux(pid) : bornOfElsewhere(pid)
}

function bornOfLinux(pid: number): string | undefined {
  const found = linuxProcess(pid)
  if (found === undefined || found.zombie) return undefined
  return `${bootId()} ${found.startTicks}`
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** What Linux says of a process; undefined when there is none, or on another system. */
export function linuxProcess(pid: number): { command: string; zombie: boolean; startTicks: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in parentheses, may hold anything: fields are counted after it, from the third (state) on.
    const [command, rest] = [
      stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      stat.slice(stat.lastIndexOf(')') + 2),
    ]
    const [state, ...fields] = rest.split(' ')
    return { command, zombie: state === 'Z', startTicks: fields[18] ?? '' }
  } catch {
    return undefined
  }
}

function bornOfElsewhere(pid: number): string | undefined {
  try {
    const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, stdio: 'pipe' } as const
    const [state = 'Z', ...born] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], options)
      .trim()
      .split(/\s+/)
    return state.startsWith('Z') ? undefined : born.join(' ')
  } catch {
    return undefined
  }
}
