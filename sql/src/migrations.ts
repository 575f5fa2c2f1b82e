import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatingError } from '@fintech-streams/service'

/** The folder of this package's migrations. */
export const MIGRATIONS_DIRECTORY = join(import.meta.dirname, '..', 'migrations')

export interface Migration {
  /** The file's name without `.sql`: `001_reference`. */
  name: string
  sql: string
  sha256: string
}

/** What the database remembers of a migration that ran. */
export type AppliedMigration = Pick<Migration, 'name' | 'sha256'>

const FILE_NAME = /^(\d{3}_[a-z0-9_]+)\.sql$/

/**
 * Reads a folder's migrations in the order of their numbers.
 * @throws OperatingError when a `.sql` file's name does not give it a place of its own in the order.
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()) {
    const name = FILE_NAME.exec(file)?.[1]
    if (name === undefined) {
      throw new OperatingError('bad_migration_name', `${file} is no migration's name: call it NNN_what_it_does.sql`)
    }
    const before = migrations.at(-1)
    if (before?.name.slice(0, 3) === name.slice(0, 3)) {
      throw new OperatingError('bad_migration_name', `${before.name} and ${name} have one number: renumber one of them`)
    }
    const sql = await readFile(join(directory, file), 'utf8')
    migrations.push({ name, sql, sha256: createHash('sha256').update(sql).digest('hex') })
  }
  return migrations
}

/**
 * The migrations that are still to run. What has run must be the beginning of `migrations`, unchanged: anything else
 * means that this database and this checkout tell different stories.
 * @throws OperatingError that names the first migration in which they differ.
 */
export function pendingMigrations(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  applied.forEach((done, at) => {
    const known = migrations.find(({ name }) => name === done.name)
    if (known === undefined) {
      throw new OperatingError(
        'unknown_migration',
        `the database has migration ${done.name}, which is not in this checkout: update the checkout`,
      )
    }
    if (known.sha256 !== done.sha256) {
      throw new OperatingError(
        'changed_migration',
        `migration ${done.name} was changed after it was applied: restore it and write a new migration instead`,
      )
    }
    const expected = migrations[at]
    if (expected !== undefined && expected.name !== done.name) {
      throw new OperatingError(
        'out_of_order',
        `migration ${expected.name} comes before ${done.name}, which is already applied: give it a higher number`,
      )
    }
  })
  return migrations.slice(applied.length)
}
