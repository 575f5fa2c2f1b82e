import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DASHBOARDS } from './dashboards/index.ts'
import { staleFiles, writeFiles } from './files.ts'

describe('the committed files', () => {
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
    const dashboards = DASHBOARDS.map(({ uid }) => `dashboards/json/${uid}.json`)
    const alerting = ['rules', 'contact-points', 'policies'].map(
      (name) => `dashboards/provisioning/alerting/${name}.json`,
    )
    expect(await writeFiles(directory)).toEqual([...dashboards, ...alerting, 'docker/prometheus/rules.yml'])
    expect(await writeFiles(directory)).toEqual([])
    await writeFile(join(directory, 'dashboards/json/pipeline-health.json'), '{}\n')
    expect(await staleFiles(directory)).toEqual(['dashboards/json/pipeline-health.json'])
    expect(await writeFiles(directory)).toEqual(['dashboards/json/pipeline-health.json'])
    expect(await staleFiles(directory)).toEqual([])
  })
})
