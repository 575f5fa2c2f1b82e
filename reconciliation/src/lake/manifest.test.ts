import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testLake, type TestLake } from '../testing/lake.ts'
import { Manifest, type Snapshot } from './manifest.ts'
import { type LakeStore } from './store.ts'

let at: TestLake
beforeEach(async () => {
  at = await testLake()
})
afterEach(() => at.close())

const file = { sha256: 'a', name: 'a.xml', bankId: 'B', date: '2026-11-19', lines: 1, rejected: 0, ingestedAt: 'now' }
/** A change as somebody else's program could make it. */
const changing = (change: object) => () => change as Partial<Snapshot>
const versions = async (): Promise<number> => (await at.lake.store.list('_manifest/')).length

describe('a change after which nobody could read the lake is not written', () => {
  test.each([
    ['a day that is none', { statementFiles: [{ ...file, date: '2026-02-31' }] }, /statementFiles.0.date/],
    [
      'a file beside the lake',
      { files: [{ path: 'a/../../b', table: 't', date: '2026-11-19', rows: 1, bytes: 1 }] },
      /files.0.path: a path below/,
    ],
    [
      'a path of the machine',
      { files: [{ path: '/etc/passwd', table: 't', date: '2026-11-19', rows: 1, bytes: 1 }] },
      /files.0.path/,
    ],
    ['a run of no day', { runs: { yesterday: 'r' } }, /runs/],
    ['a count below zero', { counts: { x: -1 } }, /counts.x/],
  ])('%s', async (_, change, where) => {
    await at.lake.manifest.commit(() => ({ writer: 'w' }))
    await expect(at.lake.manifest.commit(changing(change))).rejects.toThrow(where)
    expect(await versions()).toBe(1)
    expect(await at.lake.manifest.latest()).toMatchObject({ writer: 'w', version: 1 })
  })
})

test('what an earlier version of the program wrote is read', async () => {
  const { id: _, previousId: __, reconciled: ___, ...old } = await at.lake.manifest.latest()
  await at.lake.store.createIfAbsent(
    '_manifest/000000000001.json',
    JSON.stringify({ ...old, version: 1, statementFiles: [file] }),
  )
  expect(await at.lake.manifest.commit(() => ({ writer: 'w' }))).toMatchObject({
    version: 2,
    statementFiles: [{ ...file, known: 0, statements: [], problem: null, isRefused: false }],
    reconciled: {},
  })
})

/** A manifest that stops between reading and creating, while `meanwhile` happens. */
const waiting = (meanwhile: (key: string) => Promise<void>): Manifest => {
  let hasWaited = false
  const createIfAbsent = async (key: string, body: string): Promise<boolean> => {
    if (!hasWaited) await meanwhile(key)
    hasWaited = true
    return at.lake.store.createIfAbsent(key, body)
  }
  return new Manifest(Object.create(at.lake.store, { createIfAbsent: { value: createIfAbsent } }) as LakeStore)
}
const addOne = (latest: Snapshot) => ({ counts: { others: (latest.counts['others'] ?? 0) + 1 } })
const others = async (commits: number): Promise<void> => {
  for (let n = 0; n < commits; n += 1) await at.lake.manifest.commit(addOne)
}
const taking = (latest: Snapshot) => ({
  statementFiles: [
    ...latest.statementFiles,
    { ...file, known: 0, unbooked: 0, statements: [], problem: null, isRefused: false },
  ],
})

describe('a commit that waits is not lost', () => {
  test.each([1, 25, 60])('while %i others are made', async (commits) => {
    await others(1)
    const made = await waiting(() => others(commits)).commit(taking)
    const latest = await at.lake.manifest.latest()
    expect(latest).toMatchObject({ version: made.version, counts: { others: commits + 1 } })
    expect(latest.statementFiles).toHaveLength(1)
  })

  test('when its number has become free again', async () => {
    await others(1)
    const manifest = waiting(async (key) => {
      await others(25)
      await at.lake.store.remove([key])
    })
    await manifest.commit(taking)
    expect(await at.lake.manifest.latest()).toMatchObject({ counts: { others: 26 }, statementFiles: [file] })
  })

  test('when nobody can tell any more, it says so and has changed nothing', async () => {
    await others(1)
    const manifest = waiting(async (key) => {
      await others(3)
      await at.lake.store.remove([key, key.replace('2.json', '3.json')])
    })
    await expect(manifest.commit(taking)).rejects.toThrow(/waited for over an hour/)
    expect(await at.lake.manifest.latest()).toMatchObject({ version: 4, statementFiles: [] })
    expect(await at.lake.store.list('_manifest/')).not.toContain('_manifest/000000000002.json')
  })

  test('a later version made of it is no reason to make it again', async () => {
    await others(1)
    const list = at.lake.store.list.bind(at.lake.store)
    let listings = 0
    const store = Object.create(at.lake.store, {
      list: {
        // Somebody commits right after this one, before it looks.
        value: async (prefix: string) => {
          listings += 1
          if (listings === 2) await others(2)
          return list(prefix)
        },
      },
    }) as LakeStore
    expect(await new Manifest(store).commit(taking)).toMatchObject({ version: 2 })
    expect(await at.lake.manifest.latest()).toMatchObject({ version: 4, statementFiles: [file] })
  })
})

test('versions of the last hour are kept, and twenty in any case', async () => {
  await others(30)
  expect(await versions()).toBe(30)
  const old = new Date(Date.now() - 7_200_000).toISOString()
  for (const key of await at.lake.store.list('_manifest/')) {
    const aged = { ...(JSON.parse(await at.lake.store.read(key)) as Snapshot), committedAt: old }
    await at.lake.store.remove([key])
    await at.lake.store.createIfAbsent(key, JSON.stringify(aged))
  }
  await others(1)
  expect(await versions()).toBe(20)
  expect(await at.lake.manifest.latest()).toMatchObject({ version: 31, counts: { others: 31 } })
})
