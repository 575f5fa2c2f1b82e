import { contractRules } from '../testing/contract-rules.ts'
import { transactionJudge } from './decode.ts'
import { join } from 'node:path'
import { createLogger } from '@fintech-streams/service'
import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { runConsumer } from '@fintech-streams/kafka'
import { buildRow, MemoryTopics } from '@fintech-streams/testing'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { quarantineRules } from '../rules.ts'
import { type TestLake, testLake, uuid } from '../testing/lake.ts'
import { LakeBatch } from './batch.ts'
import { countOf } from './counts.ts'
import { FolderStore } from './folder-store.ts'
import { Lake } from './lake.ts'
import { filesOf } from './manifest.ts'
import { LakeMetrics } from './metrics.ts'
import { type LakeStore } from './store.ts'
import { LAKE_TOPICS, VERDICTS_TOPIC } from './topics.ts'
import { LakeWriter } from './writer.ts'

const PARTITIONS = 2
const logger = createLogger('lake-test')
logger.level = 'silent'

function transaction(n: number, changes: Record<string, unknown> = {}): string {
  const row = buildRow({
    transaction_id: uuid(n),
    created_at: `2026-11-${n % 3 === 0 ? 19 : 20}T11:00:00.000Z`,
    __source_ts_ms: Date.UTC(2026, 10, 20, 12),
  })
  return JSON.stringify({ ...row, ...changes })
}

const verdict = (n: number): string =>
  JSON.stringify({
    transaction_id: uuid(n),
    customer_id: uuid(0xc0),
    account_id: null,
    amount_usd: '11.00',
    verdict: 'NORMAL',
    fraud_score: 0.1,
    evidence: {},
    rule_version: '1',
    event_time: '2026-11-20T11:00:00.000Z',
  })

/** Good rows, one of them a purchase whose merchant nobody knows, and one of each kind that is not one. */
function topics(count: number): MemoryTopics {
  const bad = [
    transaction(900, { currency: 'XXX' }),
    transaction(902, { amount_usd: '-1.00' }),
    transaction(903, { created_at: '1999-01-01T00:00:00.000Z' }),
    transaction(904, { customer_id: null }),
    transaction(905, { amount: 'much' }),
    'no json',
    transaction(906, { __op: 'u' }),
    transaction(907, { __op: 'd' }),
    null,
  ]
  const made = new MemoryTopics()
  for (const topic of LAKE_TOPICS) made.create(topic, PARTITIONS)
  const good = Array.from({ length: count }, (_, n) => transaction(n, n === 0 ? { merchant_id: null, mcc: null } : {}))
  made.append(TRANSACTIONS_TOPIC, 0, ...good)
  made.append(TRANSACTIONS_TOPIC, 1, ...bad, ...Array.from({ length: count }, (_, n) => transaction(1_000 + n)))
  made.append(VERDICTS_TOPIC, 0, ...Array.from({ length: count }, (_, n) => verdict(n)), '{}')
  return made
}

/** A store that dies at chosen operations: before them, or after they were done and before anybody heard of it. */
class DyingStore implements LakeStore {
  readonly #store: LakeStore
  readonly #deaths: { at: number; isAfter: boolean }[]
  #operations = 0

  constructor(store: LakeStore, deaths: readonly { at: number; isAfter: boolean }[]) {
    this.#store = store
    this.#deaths = [...deaths]
  }

  get address(): string {
    return this.#store.address
  }

  async #operation<T>(work: () => Promise<T>): Promise<T> {
    this.#operations += 1
    const death = this.#deaths.find(({ at }) => at === this.#operations)
    if (death?.isAfter === false) throw new Error(`died before operation ${this.#operations}`)
    const result = await work()
    if (death !== undefined) throw new Error(`died after operation ${this.#operations}`)
    return result
  }

  publish = (localFile: string, key: string) => this.#operation(() => this.#store.publish(localFile, key))
  createIfAbsent = (key: string, body: string) => this.#operation(() => this.#store.createIfAbsent(key, body))
  read = (key: string) => this.#operation(() => this.#store.read(key))
  localPath = (key: string) => this.#store.localPath(key)
  uri = (key: string) => this.#store.uri(key)
  list = (prefix: string) => this.#operation(() => this.#store.list(prefix))
  remove = (keys: readonly string[]) => this.#operation(() => this.#store.remove(keys))
}

let opened: TestLake[] = []
afterEach(async () => {
  for (const lake of opened) await lake.close()
  opened = []
})

async function open(wrap?: (store: LakeStore) => LakeStore): Promise<TestLake> {
  const lake = await testLake(wrap)
  opened.push(lake)
  return lake
}

/** Writes what is there; without a signal until all of it is written. */
function write({ lake, db }: TestLake, records: MemoryTopics, signal?: AbortSignal): Promise<void> {
  const metrics = new LakeMetrics(new Registry())
  return runConsumer(
    {
      name: 'lake writer',
      topics: LAKE_TOPICS,
      log: () => records.log(),
      store: async () => new LakeWriter({ lake, db, metrics, logger }),
      batch: () => new LakeBatch(transactionJudge(quarantineRules(contractRules()))),
      limits: { records: 20, intervalMs: 0 },
      onRecreatedTopic: 'restart',
      status: metrics.status,
      logger,
      untilCaughtUp: signal === undefined,
    },
    signal ?? new AbortController().signal,
  )
}

/** Everything that a reader sees. */
async function contents({ folder, db }: TestLake) {
  const lake = new Lake(new FolderStore(folder), join(folder, '_scratch'))
  const snapshot = await lake.manifest.latest()
  const offsets = async (table: 'transactions' | 'fraud_verdicts' | 'quarantine') =>
    db.rows<{ place: string }>(
      `select kafka_partition || '/' || kafka_offset as place
       from (${await lake.scan(table, filesOf(snapshot, table))}) order by kafka_partition, kafka_offset`,
    )
  return {
    snapshot,
    transactions: await offsets('transactions'),
    verdicts: await offsets('fraud_verdicts'),
    quarantine: await offsets('quarantine'),
  }
}

describe('the stream writer', () => {
  test('every record is good, quarantined with a reason, or no creation', async () => {
    const at = await open()
    await write(at, topics(30))
    const { snapshot, transactions, verdicts, quarantine } = await contents(at)
    // A purchase without a merchant is one as well: what is taken is reconciled.
    expect(transactions).toHaveLength(60)
    expect(verdicts).toHaveLength(30)
    expect(quarantine).toHaveLength(7)
    const { counts } = snapshot
    expect(counts).toMatchObject({
      'transactions.quarantined.unknown_currency': 1,
      'transactions.quarantined.negative_amount': 1,
      'transactions.quarantined.date_out_of_range': 1,
      'transactions.quarantined.missing_field': 1,
      'transactions.quarantined.bad_decimal': 1,
      'transactions.quarantined.not_json': 1,
      'transactions.ignored.update': 1,
      'transactions.ignored.delete': 1,
      'transactions.ignored.tombstone': 1,
      'fraud_verdicts.quarantined.missing_field': 1,
    })
    for (const [topic, table] of [
      [TRANSACTIONS_TOPIC, 'transactions'],
      [VERDICTS_TOPIC, 'fraud_verdicts'],
    ] as const) {
      const outcomes = ['good', 'quarantined', 'ignored'].map((outcome) => countOf(counts, `${table}.${outcome}`))
      expect(outcomes.reduce((sum, n) => sum + n)).toBe(counts[`${topic}.records`])
    }
    const dates = new Set(filesOf(snapshot, 'transactions').map(({ date }) => date))
    expect(dates).toEqual(new Set(['2026-11-19', '2026-11-20']))
  })

  test('a record whose decoding or text is not foreseen is set aside or made readable, and the next ones are written', async () => {
    const at = await open()
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const records = topics(0)
    records.append(
      TRANSACTIONS_TOPIC,
      0,
      `{"__op":${deep}}`,
      transaction(1, { transaction_location: '{"country":"DE","city":"\\ud800"}' }),
      transaction(2, { mcc: `\u0000` }),
      transaction(3, { __source_ts_ms: 1e300 }),
    )
    const evidence = JSON.parse('{"city":"\\udfff\\u0000"}') as object
    const strange = { ...(JSON.parse(verdict(1)) as object), evidence }
    const old = { ...(JSON.parse(verdict(2)) as object), event_time: '0000-01-01T00:00:00.000Z' }
    records.append(VERDICTS_TOPIC, 0, ...[strange, old].map((value) => JSON.stringify(value)))
    records.append(VERDICTS_TOPIC, 0, `{"transaction_id":${deep}}`, verdict(3))
    await write(at, records)
    const { transactions, verdicts } = await contents(at)
    expect(transactions.map(({ place }) => place)).toEqual(['0/1', '0/2', '0/3'])
    // The first record of the topic is one that every test has.
    expect(verdicts.map(({ place }) => place)).toEqual(['0/1', '0/2', '0/4'])
  })

  test('wherever the store dies, each record is in the lake once, and nothing else is', async () => {
    const expected = await open()
    const records = topics(25)
    await write(expected, records)
    const { snapshot, ...rows } = await contents(expected)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.integer({ min: 1, max: 60 }), isAfter: fc.boolean() }), { maxLength: 5 }),
        async (deaths) => {
          const at = await open((store) => new DyingStore(store, deaths))
          await write(at, records)
          // A further start finds what the last death left behind.
          await write(at, records)
          const { snapshot: last, ...found } = await contents(at)
          expect(found).toEqual(rows)
          expect(last.counts).toEqual(snapshot.counts)
          const named = new Set(last.files.map(({ path }) => path))
          const there = (await new FolderStore(at.folder).list('')).filter((key) => key.endsWith('.parquet'))
          expect(new Set(there)).toEqual(named)
        },
      ),
      { numRuns: 12 },
    )
  })

  test('one that another has taken over publishes nothing and says so', async () => {
    const at = await open()
    const records = topics(25)
    const refused = expect(write(at, records, new AbortController().signal)).rejects.toThrow(/taken over/)
    await expect.poll(async () => (await at.lake.manifest.latest()).positions.length).toBeGreaterThan(0)
    await at.lake.manifest.commit(() => ({ writer: 'another' }))
    records.append(TRANSACTIONS_TOPIC, 0, transaction(5_000))
    await refused
    const { transactions } = await contents(at)
    expect(transactions.filter(({ place }) => place === '0/25')).toEqual([])
  })
})

test('commits of several writers all take effect', async () => {
  const { lake } = await open()
  await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      lake.manifest.commit(({ counts }) => ({ counts: { ...counts, [`c${n}`]: 1, all: (counts['all'] ?? 0) + 1 } })),
    ),
  )
  const { version, counts } = await lake.manifest.latest()
  expect(version).toBe(8)
  expect(counts['all']).toBe(8)
})
