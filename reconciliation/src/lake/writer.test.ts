import { join } from 'node:path'
import { createLogger } from '@fintech-streams/service'
import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type FetchedRecords, type ResultLog, type TopicInfo } from '@fintech-streams/kafka'
import { buildRow } from '@fintech-streams/testing'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { loadRules, quarantineRules } from '../rules.ts'
import { type TestLake, testLake, uuid } from '../testing/lake.ts'
import { countOf } from './counts.ts'
import { FolderStore } from './folder-store.ts'
import { Lake } from './lake.ts'
import { filesOf } from './manifest.ts'
import { LakeMetrics } from './metrics.ts'
import { type LakeStore } from './store.ts'
import { LakeWriter, VERDICTS_TOPIC } from './writer.ts'

const PARTITIONS = 2
const FETCH_RECORDS = 7

/** Topics in memory: what is in them can be read from any offset, a few records at a time. */
class MemoryLog implements ResultLog {
  readonly #records: ReadonlyMap<string, readonly (string | null)[]>

  constructor(records: ReadonlyMap<string, readonly (string | null)[]>) {
    this.#records = records
  }

  async topics(names: readonly string[]): Promise<Map<string, TopicInfo>> {
    return new Map(names.map((name) => [name, { id: `id of ${name}`, partitions: PARTITIONS }]))
  }

  async fetch(positions: readonly { topic: string; partition: number; offset: number }[]): Promise<FetchedRecords[]> {
    return positions.map(({ topic, partition, offset }) => {
      const all = this.#records.get(`${topic}/${partition}`) ?? []
      const values = all.slice(offset, offset + FETCH_RECORDS)
      const records = values.map((value, at) => ({
        offset: offset + at,
        timestampMs: Date.UTC(2026, 10, 20, 12),
        key: null,
        value: value === null ? null : Buffer.from(value),
      }))
      return { topic, partition, records, nextOffset: offset + values.length, endOffset: all.length }
    })
  }

  async bounds(topic: string, partition: number): Promise<{ first: number; end: number }> {
    return { first: 0, end: this.#records.get(`${topic}/${partition}`)?.length ?? 0 }
  }

  async close(): Promise<void> {}
}

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

/** Good rows, and one of each kind that is not one. */
function topics(count: number): Map<string, (string | null)[]> {
  const bad = [
    transaction(900, { currency: 'XXX' }),
    transaction(901, { merchant_id: null }),
    transaction(902, { amount_usd: '-1.00' }),
    transaction(903, { created_at: '1999-01-01T00:00:00.000Z' }),
    transaction(904, { customer_id: null }),
    transaction(905, { amount: 'much' }),
    'no json',
    transaction(906, { __op: 'u' }),
    transaction(907, { __op: 'd' }),
    null,
  ]
  return new Map([
    [`${TRANSACTIONS_TOPIC}/0`, Array.from({ length: count }, (_, n) => transaction(n))],
    [`${TRANSACTIONS_TOPIC}/1`, [...bad, ...Array.from({ length: count }, (_, n) => transaction(1_000 + n))]],
    [`${VERDICTS_TOPIC}/0`, [...Array.from({ length: count }, (_, n) => verdict(n)), '{}']],
  ])
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

function writerOf({ lake, db }: TestLake, records: ReadonlyMap<string, readonly (string | null)[]>): LakeWriter {
  return new LakeWriter({
    lake,
    db,
    openLog: () => new MemoryLog(records),
    rules: quarantineRules(loadRules()),
    flushIntervalMs: 0,
    flushRowsMax: 20,
    metrics: new LakeMetrics(new Registry()),
    logger: createLogger('lake-test'),
  })
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
    await writerOf(at, topics(30)).run(new AbortController().signal, true)
    const { snapshot, transactions, verdicts, quarantine } = await contents(at)
    expect(transactions).toHaveLength(60)
    expect(verdicts).toHaveLength(30)
    expect(quarantine).toHaveLength(8)
    const { counts } = snapshot
    expect(counts).toMatchObject({
      'transactions.quarantined.unknown_currency': 1,
      'transactions.quarantined.missing_merchant': 1,
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

  test('wherever the store dies, each record is in the lake once, and nothing else is', async () => {
    const expected = await open()
    const records = topics(25)
    await writerOf(expected, records).run(new AbortController().signal, true)
    const { snapshot, ...rows } = await contents(expected)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.integer({ min: 1, max: 60 }), isAfter: fc.boolean() }), { maxLength: 5 }),
        async (deaths) => {
          const at = await open((store) => new DyingStore(store, deaths))
          await writerOf(at, records).run(new AbortController().signal, true)
          // A further start finds what the last death left behind.
          await writerOf(at, records).run(new AbortController().signal, true)
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
    const first = writerOf(at, records)
    const stop = new AbortController()
    const refused = expect(first.run(stop.signal)).rejects.toThrow(/taken over/)
    await expect.poll(async () => (await at.lake.manifest.latest()).positions.length).toBeGreaterThan(0)
    await at.lake.manifest.commit(() => ({ writer: 'another' }))
    records.get(`${TRANSACTIONS_TOPIC}/0`)!.push(transaction(5_000))
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
