import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ArrivedFiles } from './arrived-files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fintech-inbox-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A file that nobody writes to any more. */
async function settled(name: string, content = 'x'): Promise<void> {
  await appendFile(join(folder, name), content)
  const before = new Date(Date.now() - 60_000)
  await utimes(join(folder, name), before, before)
}
async function arrivedIn(files: ArrivedFiles): Promise<string[]> {
  let names: string[] = []
  await files.each((paths) => {
    names = paths.map((path) => basename(path))
    return Promise.resolve()
  })
  return names
}

test('a file is handed over once it is whole, and again when it has changed', async () => {
  const files = new ArrivedFiles(folder)
  await settled('b.csv')
  await settled('.hidden')
  await mkdir(join(folder, 'rejected'))
  await writeFile(join(folder, 'a.csv'), 'on its way')
  expect(await arrivedIn(files)).toEqual(['b.csv'])
  expect(await arrivedIn(files)).toEqual([])
  await settled('a.csv', '')
  await settled('b.csv', 'more')
  expect(await arrivedIn(files)).toEqual(['a.csv', 'b.csv'])
})

test('what could not be taken is new again', async () => {
  const files = new ArrivedFiles(folder)
  await settled('a.csv')
  await expect(files.each(() => Promise.reject(new Error('no lake')))).rejects.toThrow('no lake')
  expect(await arrivedIn(files)).toEqual(['a.csv'])
})

test('a folder that is not there has no files', async () => {
  expect(await arrivedIn(new ArrivedFiles(join(folder, 'nowhere')))).toEqual([])
})
