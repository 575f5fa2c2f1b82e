import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Migration, MIGRATIONS_DIRECTORY, pendingMigrations, readMigrations } from './migrations.ts'

const migration = (name: string, sha256 = `hash of ${name}`): Migration => ({ name, sql: 'select 1', sha256 })

describe('readMigrations', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'migrations-'))
  })
  afterEach(() => rm(directory, { recursive: true }))
  const write = (file: string, sql = 'select 1') => writeFile(join(directory, file), sql)

  test('reads SQL files by number and ignores others', async () => {
    await write('010_later.sql')
    await write('002_earlier.sql')
    await write('README.md')
    expect((await readMigrations(directory)).map(({ name }) => name)).toEqual(['002_earlier', '010_later'])
  })

  test('a changed file has another hash', async () => {
    await write('001_a.sql', 'select 1')
    const [before] = await readMigrations(directory)
    await write('001_a.sql', 'select 2')
    const [after] = await readMigrations(directory)
    expect(after?.sha256).not.toBe(before?.sha256)
  })

  test('refuses a file that has no place in the order', async () => {
    await write('add_column.sql')
    await expect(readMigrations(directory)).rejects.toThrow('add_column.sql is no migration')
  })

  test('refuses two files with one number', async () => {
    await write('001_a.sql')
    await write('001_b.sql')
    await expect(readMigrations(directory)).rejects.toThrow('001_a and 001_b have one number')
  })

  test('this package has migrations', async () => {
    expect((await readMigrations(MIGRATIONS_DIRECTORY)).at(0)?.name).toBe('001_reference')
  })
})

describe('pendingMigrations', () => {
  const a = migration('001_a')
  const b = migration('002_b')
  const c = migration('003_c')

  test('on a new database all are pending, later only what is new', () => {
    expect(pendingMigrations([a, b, c], [])).toEqual([a, b, c])
    expect(pendingMigrations([a, b, c], [a, b])).toEqual([c])
    expect(pendingMigrations([a, b, c], [a, b, c])).toEqual([])
  })

  test('refuses a migration that was changed after it ran', () => {
    expect(() => pendingMigrations([a, b], [migration('001_a', 'another')])).toThrow('001_a was changed')
  })

  test('refuses a database that is ahead of the checkout', () => {
    expect(() => pendingMigrations([a], [a, b])).toThrow('002_b, which is not in this checkout')
  })

  test('refuses a new migration that sorts before an applied one', () => {
    expect(() => pendingMigrations([a, b, c], [a, c])).toThrow('002_b comes before 003_c')
  })
})
