import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { fileEntry, parseTokenFile, TokenFile } from './token-file.ts'
import { CurrentTokens } from './token-source.ts'
import { findToken, newToken, type TokenEntry } from './tokens.ts'

const NOW_MS = Date.UTC(2026, 10, 20)
const byId = (...entries: TokenEntry[]) => new Map(entries.map((entry) => [entry.id, entry]))

test('a token finds its entry; another secret, an expired one and nonsense find none', () => {
  const { text, entry } = newToken('one', ['viewer'], NOW_MS)
  const other = newToken('other', ['ops'], undefined)
  const entries = byId(entry, other.entry)
  expect(findToken(entries, text, NOW_MS - 1)).toBe(entry)
  expect(findToken(entries, text, NOW_MS)).toBeUndefined()
  expect(findToken(entries, other.text, NOW_MS)).toBe(other.entry)
  const forged = text.slice(0, 16) + other.text.slice(16)
  for (const wrong of [forged, `${text}x`, text.slice(0, -1), '', 'fs__', entry.secretHash.toString('hex')]) {
    expect(findToken(entries, wrong, NOW_MS - 1), wrong).toBeUndefined()
  }
})

test('nothing that is kept of a token contains its secret', () => {
  const { text, entry } = newToken('one', ['viewer'], undefined)
  const secret = text.slice(16)
  expect(secret.length).toBe(43)
  const kept = JSON.stringify([entry, fileEntry(entry), entry.secretHash.toString('base64url')])
  expect(kept).not.toContain(secret)
})

test('a file of tokens gives them back, and says what is wrong with it', () => {
  const { text, entry } = newToken('one', ['viewer', 'ops'], NOW_MS)
  const file = (...entries: object[]) => JSON.stringify({ tokens: entries })
  const [read] = parseTokenFile(file(fileEntry(entry)), 'tokens.json')
  expect(read).toEqual(entry)
  expect(findToken(byId(read!), text, NOW_MS - 1)).toBe(read)
  expect(() => parseTokenFile('{', 'tokens.json')).toThrow('tokens.json: not JSON')
  expect(() => parseTokenFile('{}', 'tokens.json')).toThrow('tokens.json: ')
  expect(() => parseTokenFile(file({ ...fileEntry(entry), roles: ['king'] }), 'tokens.json')).toThrow('king is none of')
  expect(() => parseTokenFile(file({ ...fileEntry(entry), secret_sha256: 'ab' }), 'tokens.json')).toThrow(
    'secret_sha256',
  )
  expect(() => parseTokenFile(file({ ...fileEntry(entry), expires_at: 'soon' }), 'tokens.json')).toThrow('expires_at')
})

test('a file is read again when it has changed; one that is spoiled or gone changes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'tokens.json')
  const [one, two] = [newToken('one', ['viewer'], undefined), newToken('two', ['ops'], undefined)]
  const save = (...entries: TokenEntry[]) => writeFile(path, JSON.stringify({ tokens: entries.map(fileEntry) }))
  const tokens = new CurrentTokens(new TokenFile(path), pino({ level: 'silent' }))
  const names = async (): Promise<string[] | undefined> => {
    await tokens.refresh()
    return tokens.entries === undefined ? undefined : [...tokens.entries.values()].map(({ name }) => name)
  }
  expect(await names()).toBeUndefined()
  expect(tokens.state.ready).toBe(false)
  await save(one.entry)
  expect(await names()).toEqual(['one'])
  await save(one.entry, two.entry)
  expect(await names()).toEqual(['one', 'two'])
  await writeFile(path, 'spoiled')
  expect(await names()).toEqual(['one', 'two'])
  await rm(path)
  expect(await names()).toEqual(['one', 'two'])
  expect(tokens.state).toEqual({ ready: true, detail: 'read, their source is down' })
  await save(two.entry)
  expect(await names()).toEqual(['two'])
})

test('a source that comes up with the API is no error; one that stays away, or goes, is told of once', async () => {
  const told: string[] = []
  const logger = pino(
    { level: 'info' },
    { write: (line: string) => told.push((JSON.parse(line) as { msg: string }).msg) },
  )
  let isThere = false
  const read = async (): Promise<TokenEntry[]> => (isThere ? [] : Promise.reject(new Error('down')))
  const refreshed = async (tokens: CurrentTokens, times: number): Promise<number> => {
    for (let n = 0; n < times; n += 1) await tokens.refresh()
    return told.splice(0).length
  }
  const quick = new CurrentTokens({ read }, logger)
  expect(await refreshed(quick, 3)).toBe(0)
  expect(quick.state.ready).toBe(false)
  expect(await refreshed(new CurrentTokens({ read }, logger), 30)).toBe(1)
  isThere = true
  expect(await refreshed(quick, 2)).toBe(0)
  isThere = false
  expect(await refreshed(quick, 5)).toBe(1)
  expect(quick.state).toEqual({ ready: true, detail: 'none were made, their source is down' })
  isThere = true
  expect(await refreshed(quick, 2)).toBe(1)
})
