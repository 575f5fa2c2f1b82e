import { formatInstant } from '@fintech-streams/contracts'
import { buildRow, id } from '@fintech-streams/testing'
import { afterEach, expect, test } from 'vitest'
import { type Role, ROLES } from '../access/roles.ts'
import { testApp, type TestApp } from '../testing/app.ts'
import { MemoryScores, PartitionScores } from '@fintech-streams/risk-score'

let started: TestApp | undefined
afterEach(async () => started?.app.close())

/** The API over a partition that holds payments of 10.00 and 0.25 by customer 100. */
async function start(
  isCaughtUp: boolean,
): Promise<{ ask: (customer: string, role?: Role) => Promise<Answer>; nowMs: number }> {
  const nowMs = Date.now()
  const scores = new PartitionScores({ partition: 0, notesChanges: false, count: () => undefined })
  const records = ['10.00', '0.25'].map((amount, n) => {
    const row = buildRow({
      transaction_id: id(n),
      amount_usd: amount,
      created_at: formatInstant(nowMs),
      __source_ts_ms: nowMs,
    })
    return { offset: n, timestampMs: nowMs, key: null, value: Buffer.from(JSON.stringify(row)) }
  })
  await scores.apply(records)
  if (isCaughtUp) scores.caughtUp(nowMs)
  const { app, bearer } = (started = await testApp({
    scores: new MemoryScores(
      () => [scores],
      async () => undefined,
    ),
  }))
  const ask = async (customer: string, role: Role = 'viewer'): Promise<Answer> => {
    const headers = bearer(role)
    const response = await app.inject({ url: `/v1/users/${customer}/risk-score`, headers })
    return { status: response.statusCode, body: response.json() }
  }
  return { ask, nowMs }
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

test('sum, count and their quotient, in every role', async () => {
  const { ask, nowMs } = await start(true)
  const body = {
    user_id: id(100),
    score: 5.125,
    transaction_count: 2,
    amount_sum: '10.25',
    window_seconds: 60,
    as_of: formatInstant(nowMs),
  }
  for (const role of ROLES) expect(await ask(id(100), role)).toEqual({ status: 200, body })
  expect(await ask(id(100).toUpperCase())).toEqual({ status: 200, body })
})

test('a user who was never seen has the score 0', async () => {
  const { ask } = await start(true)
  expect(await ask(id(5))).toMatchObject({
    status: 200,
    body: { score: 0, transaction_count: 0, amount_sum: '0.00' },
  })
})

test('what is no UUID is refused', async () => {
  const { ask } = await start(true)
  for (const customer of ['7', `urn:uuid:${id(100)}`, `${id(100)}0`]) {
    const refused = { status: 400, body: { type: 'urn:fintech-streams:problem:invalid_request' } }
    expect(await ask(customer), customer).toMatchObject(refused)
  }
})

test('as long as the last minute has not been read there is no score, and no zero either', async () => {
  const { ask } = await start(false)
  expect(await ask(id(100))).toMatchObject({ status: 503, body: { type: 'urn:fintech-streams:problem:unavailable' } })
})
