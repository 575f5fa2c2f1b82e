import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clean } from './clean.ts'
import { openStack } from './stack.ts'

const MADE = ['kafka', 'lake', 'logs', 'pids', 'postgres', 'statements', 'tmp']

function dataFolder(...folders: string[]): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'clean-'))
  for (const folder of folders) mkdirSync(join(dataDir, folder, 'inner'), { recursive: true })
  return dataDir
}

test('nothing of a stack is left: a lake would be read beside the next one', async () => {
  const dataDir = dataFolder(...MADE)
  await clean(openStack({ dataDir }), false, () => undefined)
  expect(existsSync(dataDir)).toBe(false)
})

test('what somebody else has put there stays', async () => {
  const dataDir = dataFolder(...MADE, 'java')
  writeFileSync(join(dataDir, 'notes.txt'), 'mine')
  await clean(openStack({ dataDir }), false, () => undefined)
  expect(readdirSync(dataDir).sort()).toEqual(['java', 'notes.txt'])
})
