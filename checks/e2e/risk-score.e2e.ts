import { formatInstant, formatMinor, PARTITIONS, TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { kafkaOf, kill, type Stack, startProcesses } from '@fintech-streams/local'
import { buildRow, id, redisMissing, RedisServer } from '@fintech-streams/testing'
import { openScores, type ScoreSource, startRiskScoreFeed } from '@fintech-streams/risk-score'
import { Admin } from '@platformatic/kafka'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../src/eventually.ts'
import { TransactionalSource } from '../src/produce.ts'
import { Random } from '../src/random.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { type ToProduce } from '../src/stream.ts'

const CUSTOMERS = 40
const WINDOW_MS = 60_000

interface Payment {
  readonly customer: number
  readonly amountMinor: number
  readonly timeMs: number
}

let stack: Stack
let source: TransactionalSource
let transactions = 0
const payments: Payment[] = []
const random = new Random(5)
const logger = pino({ level: 'silent' })

beforeAll(async () => {
  stack = await startTestStack('risk-score', ['kafka'])
  // The topic is made by the first feed, as it is where Connect comes later.
  const feed = startRiskScoreFeed({ ...options(), partitions: 'all' })
  await ready(feed.scores)
  await feed.close()
  source = new TransactionalSource(stack)
})
afterAll(async () => {
  await source?.close()
  await stopTestStack(stack)
})

function options() {
  return { connection: kafkaOf(stack, 'e2e'), logger, registry: new Registry() }
}

function record({ customer, amountMinor, timeMs }: Payment, op: 'c' | 'r' | 'u' | 'd' = 'c'): ToProduce {
  transactions += 1
  const row = buildRow({
    transaction_id: id(transactions),
    customer_id: id(customer),
    amount_usd: formatMinor(amountMinor),
    created_at: formatInstant(timeMs),
    __source_ts_ms: Date.now(),
    __op: op,
  })
  return {
    partition: customer % PARTITIONS,
    key: Buffer.from(row.customer_id),
    value: Buffer.from(JSON.stringify(row)),
  }
}

function payment(ageMs = random.whole(20_000)): Payment {
  return {
    customer: random.whole(CUSTOMERS),
    amountMinor: random.whole(1_000_000),
    timeMs: Date.now() - ageMs,
  }
}

/** Payments that count, with what does not count among them: sent twice, changed, aborted, broken, too old. */
async function pay(count: number): Promise<void> {
  const paid = Array.from({ length: count }, () => payment())
  payments.push(...paid)
  const records = paid.map((one) => record(one))
  const noise = [
    ...records.slice(0, 5),
    record(payment(), 'u'),
    record(payment(), 'd'),
    record(payment(2 * 3_600_000), 'r'),
    { partition: 0, key: Buffer.from('broken'), value: Buffer.from('{"__op":"c"') },
  ]
  await source.commit([...records, ...noise])
  await source.abort([record(payment()), record(payment())])
}

/** The score of every customer by its definition: over everything that was ever paid. */
function expected(nowMs: number): string[] {
  return Array.from({ length: CUSTOMERS }, (_, customer) => {
    const own = payments.filter((one) => one.customer === customer && nowMs - one.timeMs <= WINDOW_MS)
    return `${own.length}:${own.reduce((sum, { amountMinor }) => sum + amountMinor, 0)}`
  })
}

/** What the source says and what is right, at about the same moment: at some look nothing expires between the two. */
async function bothOf(scores: ScoreSource): Promise<{ seen: string[]; right: string[] }> {
  const nowMs = Date.now()
  const seen = await Promise.all(
    Array.from({ length: CUSTOMERS }, async (_, customer) => {
      const score = await scores.read(id(customer), nowMs).catch(() => undefined)
      return score === undefined ? 'unavailable' : `${score.count}:${score.sumMinor}`
    }),
  )
  return { seen, right: expected(nowMs) }
}

async function expectRight(scores: ScoreSource): Promise<void> {
  const { seen, right } = await eventually(
    () => bothOf(scores),
    (both) => both.seen.join() === both.right.join(),
  )
  expect(seen).toEqual(right)
}

async function ready(scores: ScoreSource): Promise<void> {
  const state = await eventually(
    async () => scores.state,
    (seen) => seen.ready,
  )
  expect(state.ready, state.detail).toBe(true)
}

test('in memory: committed creations and nothing else, after a restart, too, and while Kafka is dead', async () => {
  await pay(300)
  const feed = startRiskScoreFeed({ ...options(), partitions: 'all' })
  await ready(feed.scores)
  await pay(100)
  await expectRight(feed.scores)
  await feed.close()

  // Longer than a window: what is read again is what still counts, and nothing is left of the rest.
  payments.push({ customer: 1, amountMinor: 7, timeMs: Date.now() - WINDOW_MS + 3_000 })
  await source.commit([record(payments.at(-1)!)])
  const again = openScores({ ...options(), redis: undefined, instance: 'e2e' })
  await ready(again)
  await expectRight(again)

  kill(stack, 'kafka', 'SIGKILL')
  const before = await again.read(id(1), Date.now())
  await expectRight(again)
  expect((await again.read(id(1), Date.now())).asOfMs - before.asOfMs).toBeLessThan(1_000)
  await startProcesses(stack, ['kafka'])
  await source.close()
  source = new TransactionalSource(stack)
  await pay(50)
  await expectRight(again)
  await again.close()
})

describe.skipIf(redisMissing() !== undefined)('through Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.stop())

  test('two instances give the same answers, also when partitions move from one to the other', async () => {
    const one = openScores({ ...options(), redis: { url: redis.url }, instance: 'one' })
    await pay(200)
    await ready(one)
    await expectRight(one)

    // It takes some partitions over.
    const other = openScores({ ...options(), redis: { url: redis.url }, instance: 'other' })
    await ready(other)
    await pay(100)
    await expectRight(one)
    await expectRight(other)

    // It leaves, and its partitions are the first one's again.
    await other.close()
    await pay(100)
    await expectRight(one)
    await one.close()
  })
})

test('a topic that is given more partitions is read in all of them', async () => {
  const feed = startRiskScoreFeed({ ...options(), partitions: 'all' })
  await ready(feed.scores)
  const admin = new Admin(kafkaOf(stack, 'e2e'))
  await admin.createPartitions({ topics: [{ name: TRANSACTIONS_TOPIC, count: PARTITIONS + 2 }] })
  await admin.close()
  await source.close()
  source = new TransactionalSource(stack)
  const paid = { customer: CUSTOMERS, amountMinor: 4_200, timeMs: Date.now() }
  await source.commit([{ ...record(paid), partition: PARTITIONS + 1 }])
  const sumMinor = await eventually(
    async () => (await feed.scores.read(id(paid.customer), Date.now()).catch(() => undefined))?.sumMinor,
    (seen) => seen === paid.amountMinor,
  )
  expect(sumMinor).toBe(paid.amountMinor)
  await feed.close()
})
