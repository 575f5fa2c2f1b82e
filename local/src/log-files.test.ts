import { appendFileSync, closeSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { boundLog, lastLines, openLog } from './log-files.ts'

let path: string

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'log-test-')), 'logs/kafka.log')
})
afterEach(() => rmSync(join(path, '../..'), { recursive: true }))

it('shows the last lines of the last run only', () => {
  closeSync(openLog(path, new Date(0)))
  appendFileSync(path, 'old 1\nold 2\n')
  closeSync(openLog(path, new Date(1)))
  appendFileSync(path, 'new 1\n\nnew 2\nnew 3\n')
  expect(lastLines(path, 2)).toEqual(['new 2', 'new 3'])
  expect(lastLines(path, 10)).toEqual(['new 1', 'new 2', 'new 3'])
  expect(lastLines(`${path}.missing`, 10)).toEqual([])
})

it('a log beyond its bound is set aside while its process goes on writing', () => {
  const file = openLog(path, new Date(0))
  writeSync(file, 'before\n'.repeat(100))
  boundLog(path, 10_000)
  expect(readFileSync(path, 'utf8')).toContain('before')
  boundLog(path, 100)
  writeSync(file, 'after\n')
  closeSync(file)
  expect(readFileSync(path, 'utf8')).toBe('after\n')
  expect(readFileSync(`${path}.1`, 'utf8')).toContain('before')
  expect(lastLines(path, 5)).toEqual(['after'])
})
