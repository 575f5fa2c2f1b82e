import { setTimeout as sleep } from 'node:timers/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PARTITIONS } from '@fintech-streams/contracts'
import { type Stack } from '@fintech-streams/local'
import { buildRow, id } from '@fintech-streams/testing'
import { redisMissing, RedisServer } from '@fintech-streams/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../src/command.ts'
import { eventually } from '../src/eventually.ts'
import { produce } from '../src/produce.ts'
import { ApiClient, createToken, topSendersPath } from '../src/serving/client.ts'
import { ApiInstance } from '../src/serving/instance.ts'
import { fuzz, schemathesis } from '../src/serving/schemathesis.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'

const SEED = Number(process.env['E2E_SEED'] ?? 1)
const USERS = 30
const TRANSFERS = 400
const FUZZ_EXAMPLES = 30

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('serving-instances', ['processor', 'sink', 'serving'], {
    env: { API_REQUESTS_PER_SECOND: '100000' },
  })
  expect(await runCommand(stack, 'generator', ['init', '--num-customers', '20'])).toMatchObject({ code: 0 })
})
afterAll(() => stopTestStack(stack))

test.skipIf(redisMissing() !== undefined)('two instances behind one Redis give the same answers', async () => {
  const redis = await RedisServer.start()
  const instances: ApiInstance[] = []
  try {
    for (const name of ['one', 'two']) instances.push(await ApiInstance.start(stack, name, { REDIS_URL: redis.url }))
    await produce(
      stack,
      Array.from({ length: TRANSFERS }, (_, n) => transfer(n)),
    )
    const clients = instances.map(({ port }) => new ApiClient(port))
    const answers = async (path: string): Promise<unknown[]> =>
      Promise.all(clients.map(async (client) => withoutTime((await client.get(path)).body)))

    const counted = await eventually(
      async () => Promise.all(Array.from({ length: USERS }, (_, n) => answers(`/v1/users/${id(n)}/risk-score`))),
      (all) => all.every(([one, two]) => countOf(one) > 0 && JSON.stringify(one) === JSON.stringify(two)),
    )
    for (const [one, two] of counted) expect(two).toEqual(one)
    expect(counted.reduce((sum, [one]) => sum + countOf(one), 0)).toBe(TRANSFERS)

    const senders = await eventually(
      () => answers(topSendersPath(id(9_000))),
      ([one]) => (one as { senders: unknown[] }).senders.length === 10,
    )
    expect(senders[1]).toEqual(senders[0])
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()))
    await redis.stop()
  }
})

/** A transfer of now, each user some of them, all to one account. */
function transfer(n: number) {
  const user = n % USERS
  const nowMs = Date.now()
  const row = buildRow({
    transaction_id: id(1_000_000 + n),
    customer_id: id(user),
    account_id: id(8_000 + user),
    to_account_id: id(9_000),
    merchant_id: null,
    transaction_type: 'TRANSFER',
    created_at: new Date(nowMs).toISOString(),
    __source_ts_ms: nowMs,
  })
  return { partition: user % PARTITIONS, key: Buffer.from(row.customer_id), value: Buffer.from(JSON.stringify(row)) }
}

const withoutTime = ({ as_of: _, ...rest }: Record<string, unknown>): unknown => rest
const countOf = (answer: unknown): number => (answer as { transaction_count: number }).transaction_count

test('asked to stop, an instance says so, goes on answering for a while, and ends with nothing lost', async () => {
  const instance = await ApiInstance.start(stack, 'stopping', { API_DRAIN_DELAY: '3s' })
  const client = new ApiClient(instance.port)
  const senders = async (): Promise<number> => (await client.get(topSendersPath(id(1)))).status
  expect(await eventually(senders, (status) => status === 200)).toBe(200)
  const stopping = instance.stop()
  const ready = await eventually(
    () => client.get('/readyz'),
    ({ status }) => status === 503,
  )
  expect(ready.body).toMatchObject({ status: 'stopping' })
  // Requests that come until the end and those under way at the end are answered; after it nobody listens.
  let answered = 0
  let refused = false
  while (!refused) {
    const status = await senders().catch(() => undefined)
    refused = status === undefined
    if (!refused) expect(status).toBe(200)
    answered += 1
    await sleep(20)
  }
  expect(answered).toBeGreaterThan(10)
  expect(await stopping).toBe(0)
})

test('whatever the API’s own document allows or forbids, no answer is a 5xx or one that it does not name', async () => {
  const found = await schemathesis()
  if ('missing' in found) return
  const cwd = mkdtempSync(join(tmpdir(), 'fuzz-'))
  try {
    const token = await createToken(stack, 'fuzz', 'admin')
    const client = new ApiClient(stack.ports.api, token)
    const senders = async (): Promise<number> => (await client.get(topSendersPath(id(1)))).status
    expect(await eventually(senders, (status) => status === 200)).toBe(200)
    const url = `http://127.0.0.1:${stack.ports.api}/docs/json`
    const { code, output } = await fuzz(found.program, url, { token, seed: SEED, examples: FUZZ_EXAMPLES, cwd })
    expect(code, output).toBe(0)
    expect(Number(/(\d+) generated/.exec(output)?.[1])).toBeGreaterThan(100)
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
})
