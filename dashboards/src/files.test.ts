import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DASHBOARDS, staleFiles, writeFiles } from './files.ts'

describe('the committed dashboards', () => {
  test('are what the code makes: npm run dashboards', async () => {
    expect(await staleFiles()).toEqual([])
  })
})

describe('writing', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dashboards-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  test('makes what is missing or changed, and nothing else', async () => {
    const all = Object.keys(DASHBOARDS)
    expect(await writeFiles(directory)).toEqual(all)
    expect(await writeFiles(directory)).toEqual([])
    await writeFile(join(directory, 'pipeline-health.json'), '{}\n')
    expect(await staleFiles(directory)).toEqual(['pipeline-health.json'])
    expect(await writeFiles(directory)).toEqual(['pipeline-health.json'])
    expect(await staleFiles(directory)).toEqual([])
  })
})
