import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DAY_MS, formatInstant } from '@fintech-streams/contracts'
import { kill, startProcesses, type Stack } from '@fintech-streams/local'
import { DuckDb, compact, Lake, filesOf, S3Store } from '@fintech-streams/reconciliation'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { eventually } from '../src/eventually.ts'
import { S3Server } from '../src/lake/s3-server.ts'
import { produce } from '../src/produce.ts'
import { row, uuid } from '../src/rows.ts'
import { startTestStack, stopTestStack, testPorts } from '../src/stack.ts'

const PREFIX = 'team/lake'
const KMS_KEY = 'arn:aws:kms:eu-central-1:1:key/of-the-lake'
const ROUNDS = 4
const RECORDS_A_ROUND = 1_500

let stack: Stack
let server: S3Server
let folder: string

beforeAll(async () => {
  // Its ports are not yet taken by the stack, which is started with its address.
  const { api: port } = await testPorts()
  stack = await startTestStack('lake-s3', ['postgres'])
  folder = join(stack.dataDir, 's3')
  server = await S3Server.start(stack.checkout, folder, port)
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value)
})
afterAll(async () => {
  await stopTestStack(stack)
  await server?.stop()
})

const storeOf = (prefix: string, kmsKey?: string): S3Store =>
  new S3Store({
    bucket: server.environment.LAKE_S3_BUCKET,
    prefix,
    endpoint: server.environment.LAKE_S3_ENDPOINT,
    kmsKey,
    cacheFolder: join(folder, 'cache', prefix),
  })

async function localFile(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe('a bucket as the place of a lake', () => {
  test('a file is under its key, and not here any more', async () => {
    const store = storeOf('one')
    const local = await localFile('a.parquet', 'some bytes')
    await store.publish(local, 'table/a.parquet')
    expect(existsSync(local)).toBe(false)
    expect(await store.read('table/a.parquet')).toBe('some bytes')
    expect(await store.list('')).toEqual(['table/a.parquet'])
    expect(await storeOf('another').list('')).toEqual([])
  })

  test('a key is created once; whoever finds what it wrote itself has created it', async () => {
    const store = storeOf('two')
    expect(await store.createIfAbsent('v/1.json', 'first')).toBe(true)
    expect(await store.createIfAbsent('v/1.json', 'second')).toBe(false)
    expect(await store.read('v/1.json')).toBe('first')
    // As when the answer to the first request was lost.
    expect(await store.createIfAbsent('v/1.json', 'first')).toBe(true)
  })

  test('a file is fetched once, and forgotten when nobody has read it for days', async () => {
    const store = storeOf('three')
    await store.publish(await localFile('b.parquet', 'bytes'), 'b.parquet')
    const path = await store.localPath('b.parquet')
    expect(await readFile(path, 'utf8')).toBe('bytes')
    await writeFile(path, 'still the cached ones')
    expect(await readFile(await store.localPath('b.parquet'), 'utf8')).toBe('still the cached ones')
    const longAgo = new Date(Date.now() - 3 * DAY_MS)
    await utimes(path, longAgo, longAgo)
    expect(await readFile(await storeOf('three').localPath('b.parquet'), 'utf8')).toBe('bytes')
    expect(Date.now() - (await stat(path)).mtimeMs).toBeLessThan(DAY_MS)
  })

  test('keys are removed, those in the cache, too; one that is not there is no error', async () => {
    const store = storeOf('four')
    for (const key of ['x', 'y']) await store.publish(await localFile(key, key), key)
    const cached = await store.localPath('x')
    await store.remove(['x', 'was never there'])
    expect(existsSync(cached)).toBe(false)
    expect(await store.list('')).toEqual(['y'])
    await expect(store.localPath('x')).rejects.toThrow()
  })

  test('a large file goes in parts', async () => {
    const store = storeOf('five')
    const bytes = 12 << 20
    await store.publish(await localFile('large', 'x'.repeat(bytes)), 'large')
    expect((await stat(await store.localPath('large'))).size).toBe(bytes)
  })

  test('is encrypted with the key that is asked for', async () => {
    const before = server.written.length
    await storeOf('six', KMS_KEY).createIfAbsent('a', 'a')
    await storeOf('six', 'default').createIfAbsent('b', 'b')
    await storeOf('six').createIfAbsent('c', 'c')
    const encryption = server.written
      .slice(before)
      .map((headers) => [
        headers['x-amz-server-side-encryption'],
        headers['x-amz-server-side-encryption-aws-kms-key-id'],
      ])
    expect(encryption).toEqual([
      ['aws:kms', KMS_KEY],
      ['aws:kms', undefined],
      [undefined, undefined],
    ])
  })
})

test('killed again and again, the writer leaves every transaction and every verdict in the bucket once', async () => {
  const env = { ...server.environment, LAKE_S3_PREFIX: PREFIX, LAKE_FLUSH_INTERVAL: '300ms' }
  const withLake: Stack = { ...stack, env: { ...stack.env, ...env } }
  await startProcesses(withLake, ['kafka', 'processor', 'lake'])
  const nowMs = Date.now()
  for (let round = 0; round < ROUNDS; round += 1) {
    const records = Array.from({ length: RECORDS_A_ROUND }, (_, at) => {
      const n = round * RECORDS_A_ROUND + at
      const value = row(n, {
        created_at: formatInstant(nowMs + n),
        __source_ts_ms: nowMs + n,
        customer_id: uuid(n % 50),
      })
      const key = Buffer.from(JSON.stringify({ customer_id: uuid(n % 50) }))
      return { partition: n % 4, key, value: Buffer.from(JSON.stringify(value)) }
    })
    await produce(stack, records)
    expect(kill(stack, 'lake', 'SIGKILL')).toBe(true)
    await startProcesses(withLake, ['lake'])
  }
  const lake = new Lake(storeOf(PREFIX), join(folder, 'scratch'))
  await mkdir(lake.scratchFolder, { recursive: true })
  const expected = ROUNDS * RECORDS_A_ROUND
  const counts = async (): Promise<[number | undefined, number | undefined]> => {
    const { counts: counted } = await lake.manifest.latest()
    return [counted['transactions.good'], counted['fraud_verdicts.good']]
  }
  await eventually(counts, (seen) => seen.every((n) => n === expected))
  expect(await counts()).toEqual([expected, expected])

  const db = await DuckDb.open({ memoryMb: 256, threads: 1, spillFolder: join(folder, 'spill') })
  try {
    const idsOf = async (table: 'transactions' | 'fraud_verdicts') => {
      const files = filesOf(await lake.manifest.latest(), table)
      const ids = await db.row<{ n: number; once: number }>(
        `select count(*)::int as n, count(distinct transaction_id)::int as once from (${await lake.scan(table, files)})`,
      )
      return { ...ids, files: files.length }
    }
    for (const table of ['transactions', 'fraud_verdicts'] as const) {
      const before = await idsOf(table)
      expect(before).toMatchObject({ n: expected, once: expected })
      expect(before.files).toBeGreaterThan(0)
    }
    await compact(lake, db, () => true)
    for (const table of ['transactions', 'fraud_verdicts'] as const) {
      expect(await idsOf(table)).toMatchObject({ n: expected, once: expected })
    }
  } finally {
    db.close()
  }
})
