import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const SCRIPT = join(import.meta.dirname, '../node/readable.sh')

describe('the check that others can read a checkout', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'readable-'))
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'sql/node_modules'), { recursive: true })
    writeFileSync(join(folder, 'sql/001.sql'), 'select')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const check = () => spawnSync('sh', [SCRIPT, folder], { encoding: 'utf8' })

  test('is content with files and folders that they can', () => {
    expect(check()).toMatchObject({ status: 0, stderr: '' })
  })

  test.each([
    ['a file', 'sql/001.sql', 0o600],
    ['a file of a group', 'sql/001.sql', 0o640],
    ['a folder', 'sql', 0o700],
  ])('names %s that they cannot, and what to do', (_, path, mode) => {
    chmodSync(join(folder, path), mode)
    const { status, stderr } = check()
    expect(status).toBe(1)
    expect(stderr).toContain(`${join(folder, path)} cannot be read by other users`)
    expect(stderr).toContain('chmod -R go+rX')
  })

  test('leaves packages alone, which the image installs for itself', () => {
    chmodSync(join(folder, 'sql/node_modules'), 0o700)
    expect(check().status).toBe(0)
  })
})
