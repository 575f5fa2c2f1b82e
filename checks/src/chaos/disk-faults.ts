import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { processInfo } from '@fintech-streams/local'
import { eventually } from '../eventually.ts'
import { type Fault, type Scene, start } from './scene.ts'

const FULL_FOR_MS = 3_000
const ENDS_WITHIN_MS = 30_000

/**
 * No file of the process and its children may grow, as on a full disk: writes fail, with EFBIG instead of ENOSPC. That
 * needs neither a mount nor root. Whoever is started afterwards may write again.
 */
function fillDisk(pid: number): void {
  for (const one of [pid, ...childrenOf(pid)]) limit(one, '1')
}

/** As the process's own user, who may; a process that has ended meanwhile has no limit. */
function limit(pid: number, bytes: string): void {
  try {
    const { uid, gid } = statSync(`/proc/${pid}`)
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { stdio: 'pipe', uid, gid })
  } catch (error) {
    if (existsSync(`/proc/${pid}`)) throw error
  }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

async function diskFull(scene: Scene, name: string): Promise<void> {
  await scene.measure(`${name}: disk full`, async () => {
    const { pid } = processInfo(scene.stack, name)
    if (pid === undefined) throw new Error(`${name} does not run`)
    fillDisk(pid)
    await sleep(FULL_FOR_MS)
    limit(pid, 'unlimited')
    const isRunning = async (): Promise<boolean> => processInfo(scene.stack, name).running
    // Postgres may have come through it by itself.
    await eventually(isRunning, (running) => !running, name === 'kafka' ? ENDS_WITHIN_MS : FULL_FOR_MS)
    return start(scene, [name])
  })
}

const full = (name: string): Fault => ({
  name: `${name}-disk-full`,
  does: `no file of ${name} can grow any more`,
  heals: 'it ends, space is freed, it is started again',
  weight: 2,
  requires: 'prlimit',
  inject: (scene) => diskFull(scene, name),
})

export const DISK_FAULTS: readonly Fault[] = [full('kafka'), full('postgres')]
