import { setTimeout as sleep } from 'node:timers/promises'
import { formatInstant, formatMinor } from '@fintech-streams/contracts'
import { buildRow, id, redisMissing, RedisServer } from '@fintech-streams/testing'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PartitionScores } from './partition-scores.ts'
import { scoreKey } from './redis-keys.ts'
import { type RedisConnection, redisConnection } from './redis-connection.ts'
import { RedisPublisher } from './redis-publisher.ts'
import { RedisScores } from './redis-scores.ts'
import { ScoresUnavailable } from './score-source.ts'

const logger = pino({ level: 'silent' })
const WITHIN_MS = 20_000

/** Looks again and again, and returns what was seen last, so that the assertion shows it. */
async function eventually<T>(look: () => T | Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + WITHIN_MS
  for (;;) {
    const seen = await look()
    if (holds(seen) || performance.now() > deadline) return seen
    await sleep(5)
  }
}

let nextTransaction = 1

/** A feed's memory of one partition, which the test fills instead of Kafka. */
class Publishing {
  readonly scores: PartitionScores
  readonly publisher: RedisPublisher

  constructor(url: string, partition: number, ofPartitions: number) {
    this.scores = new PartitionScores({ partition, notesChanges: true, count: () => undefined })
    this.publisher = new RedisPublisher({
      redis: { url },
      logger,
      onPublished: () => undefined,
      onFailure: () => undefined,
    })
    this.publisher.publish([this.scores], ofPartitions)
  }

  /** @returns the event's time. */
  async pay(customer: number, amountMinor: number, ageMs = 0): Promise<number> {
    const timeMs = Date.now() - ageMs
    const value = JSON.stringify(
      buildRow({
        transaction_id: id(nextTransaction),
        customer_id: id(customer),
        amount_usd: formatMinor(amountMinor),
        created_at: formatInstant(timeMs),
        __source_ts_ms: timeMs,
      }),
    )
    nextTransaction += 1
    await this.scores.apply([{ offset: 0, timestampMs: timeMs, key: null, value: Buffer.from(value) }])
    return timeMs
  }

  caughtUp(): void {
    this.scores.caughtUp(Date.now())
  }
}

describe.skipIf(redisMissing() !== undefined)('scores in Redis', () => {
  let redis: RedisServer
  let source: RedisScores
  const opened: Publishing[] = []

  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.stop())

  beforeEach(async () => {
    await inRedis((client) => client.flushAll())
    source = new RedisScores(redis, logger)
  })
  afterEach(async () => {
    await source.close()
    for (const { publisher } of opened.splice(0)) await publisher.close()
  })

  async function inRedis<T>(work: (client: RedisConnection) => Promise<T>): Promise<T> {
    const client = redisConnection(redis, logger)
    await client.connect()
    try {
      return await work(client)
    } finally {
      client.destroy()
    }
  }

  function publishing(partition = 0, ofPartitions = 1): Publishing {
    const created = new Publishing(redis.url, partition, ofPartitions)
    opened.push(created)
    return created
  }

  const ready = (): Promise<boolean> =>
    eventually(
      () => source.state.ready,
      (isReady) => isReady,
    )

  async function expectScore(customer: number, sumMinor: number | bigint, count: number): Promise<void> {
    const seen = await eventually(
      () => source.read(id(customer)),
      (score) => score.sumMinor === sumMinor && score.count === count,
    )
    expect(seen).toMatchObject({ sumMinor, count })
  }

  test('nobody has published yet: that is no zero', async () => {
    await eventually(
      () => source.state.detail,
      (detail) => detail.includes('yet'),
    )
    expect(source.state).toEqual({ ready: false, detail: 'nobody has published scores yet' })
    await expect(source.read(id(1))).rejects.toThrow(ScoresUnavailable)
    publishing(0, 2).caughtUp()
    await eventually(
      () => source.state.detail,
      (detail) => detail.includes('partitions 1 '),
    )
    expect(source.state).toEqual({ ready: false, detail: 'nobody has published partitions 1 yet' })
  })

  test('every change is published, and a user without one is zero', async () => {
    const { scores } = publishing()
    const one = opened[0]!
    await one.pay(1, 10_00)
    one.caughtUp()
    expect(await ready()).toBe(true)
    await expectScore(1, 10_00, 1)
    await one.pay(1, 5_00)
    await one.pay(2, Number.MAX_SAFE_INTEGER)
    await one.pay(2, 2)
    await expectScore(1, 15_00, 2)
    await expectScore(2, BigInt(Number.MAX_SAFE_INTEGER) + 2n, 2)
    await expectScore(3, 0, 0)
    const asOfMs = Date.now()
    scores.caughtUp(asOfMs)
    const seen = await eventually(
      () => source.read(id(1)),
      (score) => score.asOfMs === asOfMs,
    )
    expect(seen).toEqual({ sumMinor: 15_00, count: 2, asOfMs })
  })

  test('an event that expires changes the score, and with the last one Redis forgets the user by itself', async () => {
    const one = publishing()
    await one.pay(1, 10_00, 59_000)
    const timeMs = await one.pay(1, 5_00, 57_500)
    one.caughtUp()
    await ready()
    await expectScore(1, 15_00, 2)
    expect(await inRedis((client) => client.pExpireTime(scoreKey(id(1))))).toBe(timeMs + 60_000)
    await expectScore(1, 5_00, 1)
    await one.publisher.close()
    await expectScore(1, 0, 0)
    expect(await inRedis((client) => client.exists(scoreKey(id(1))))).toBe(0)
    expect(Date.now()).toBeGreaterThan(timeMs + 60_000)
  })

  test('a partition that moves: the new publisher writes all, the old one nothing any more', async () => {
    const old = publishing()
    await old.pay(1, 10_00)
    await old.pay(2, 1_00)
    old.caughtUp()
    await ready()
    await expectScore(2, 1_00, 1)
    const next = publishing()
    await next.pay(1, 20_00)
    await next.pay(2, 2_00)
    next.caughtUp()
    await expectScore(1, 20_00, 1)
    await expectScore(2, 2_00, 1)
    // The old one does not know; what it sends is refused.
    await old.pay(1, 999_00)
    await old.pay(3, 999_00)
    await next.pay(2, 3_00)
    await expectScore(2, 5_00, 2)
    await sleep(200)
    await expectScore(1, 20_00, 1)
    await expectScore(3, 0, 0)
  })

  test('a publisher that was refused takes over, with all it knows, when the other one is dead', async () => {
    const first = publishing()
    await first.pay(1, 10_00)
    first.caughtUp()
    await ready()
    await expectScore(1, 10_00, 1)
    const second = publishing()
    await second.pay(1, 77_00)
    second.caughtUp()
    await expectScore(1, 77_00, 1)
    await second.publisher.close()
    await expectScore(1, 10_00, 1)
  })

  test('a Redis that was killed and lost everything is filled again', async () => {
    const one = publishing()
    await one.pay(1, 10_00)
    one.caughtUp()
    await ready()
    await expectScore(1, 10_00, 1)
    await redis.kill()
    await one.pay(2, 1_00)
    const refusal = await eventually(
      () => source.read(id(1)).catch((error: unknown) => error),
      (seen) => seen instanceof Error,
    )
    expect(refusal).toBeInstanceOf(ScoresUnavailable)
    await redis.startAgain()
    one.caughtUp()
    const seen = await eventually(
      () => source.read(id(1)).catch(() => undefined),
      (score) => score?.count === 1,
    )
    expect(seen).toMatchObject({ sumMinor: 10_00, count: 1 })
    await expectScore(2, 1_00, 1)
  })

  test('what was published more than a window ago says nothing', async () => {
    const one = publishing()
    one.scores.caughtUp(Date.now() - 59_500)
    expect(await ready()).toBe(true)
    const state = await eventually(
      () => source.state,
      ({ ready: isReady }) => !isReady,
    )
    expect(state).toEqual({ ready: false, detail: 'nobody has published scores for a minute' })
  })
})
