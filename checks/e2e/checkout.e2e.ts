import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { clean, openStack, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testPorts } from '../src/stack.ts'

const { checkout: original } = openStack()
const OWN_PACKAGES = '@fintech-streams'

/** In a folder of which shells, class paths and globs could make something else. */
const folder = mkdtempSync(join(tmpdir(), 'fintech e2e '))
const clone = join(folder, 'Zahlungs [ströme] (1)')
let stack: Stack

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 << 20 })

/** A program of the clone, on a stack of its own. */
const fintech = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(clone, 'cli/src/main.ts'), ...args], {
    cwd: clone,
    env: { ...process.env, ...stack.env, FINTECH_DATA_DIR: stack.dataDir },
  })

/** The libraries of the original, and the clone's own packages. */
function install(): void {
  const [from, to] = [join(original, 'node_modules'), join(clone, 'node_modules')]
  mkdirSync(join(to, OWN_PACKAGES), { recursive: true })
  for (const name of readdirSync(from)) if (name !== OWN_PACKAGES) symlinkSync(join(from, name), join(to, name))
  const workspaces = git('-C', clone, 'ls-files', '*/package.json').trim().split('\n')
  for (const path of workspaces) {
    const { name } = JSON.parse(git('-C', clone, 'show', `HEAD:${path}`)) as { name?: string }
    if (name?.startsWith(`${OWN_PACKAGES}/`) === true) symlinkSync(join(clone, path, '..'), join(to, name))
    // A package of which another version is at the top lies between there and the workspace that needs it.
    for (let within = dirname(path); within !== '.'; within = dirname(within)) {
      const nested = join(within, 'node_modules')
      if (existsSync(join(original, nested)) && !existsSync(join(clone, nested))) {
        symlinkSync(join(original, nested), join(clone, nested))
      }
    }
  }
}

describe.skipIf(!existsSync(join(original, '.git')))(
  'a checkout as Windows makes it, for its owner alone, in an odd folder',
  () => {
    beforeAll(async () => {
      const command = 'umask 077; git -c core.autocrlf=true clone --quiet "$0" "$1"'
      execFileSync('sh', ['-c', command, original, clone])
      stack = openStack({ dataDir: join(clone, '.data'), ports: await testPorts() })
      install()
      mkdirSync(stack.dataDir, { mode: 0o700 })
      symlinkSync(join(original, '.data/java'), join(stack.dataDir, 'java'))
    })
    afterAll(async () => {
      await clean(stack, false, () => undefined)
      rmSync(folder, { recursive: true, force: true })
    })

    test('has the line ends that containers read', () => {
      const files = git('-C', clone, 'ls-files', '--eol').trim().split('\n')
      expect(files.length).toBeGreaterThan(500)
      // A sample of what a program on Windows wrote is as it was written.
      expect(files.filter((line) => /w\/(crlf|mixed)/.test(line) && !line.includes('attr/-text'))).toEqual([])
    })

    test('starts, connects Postgres with Kafka, and stops', async () => {
      await fintech('stack', 'start')
      await fintech('connectors', 'apply')
      await fintech('generator', 'run-all', '--backfill', '1m', '--duration', '1s', '--num-customers', '5')
      const { stdout } = await fintech('stack', 'status')
      expect(stdout).toContain('ready')
      await fintech('stack', 'stop')
    })
  },
)
