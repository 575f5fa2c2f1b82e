import { afterEach, beforeEach, expect, test } from 'vitest'
import { addTransactions, type TestLake, testLake, transactionRow, uuid } from '../testing/lake.ts'
import { compact, removeReplaced } from './compact.ts'
import { filesOf } from './manifest.ts'

const DATE = '2026-11-19'
let at: TestLake
beforeEach(async () => {
  at = await testLake()
})
afterEach(() => at.close())

const rows = async (): Promise<unknown[]> => {
  const snapshot = await at.lake.manifest.latest()
  const scan = await at.lake.scan('transactions', filesOf(snapshot, 'transactions'))
  return at.db.rows(`select transaction_id, kafka_offset from (${scan}) order by transaction_id`)
}
const isOld = (date: string): boolean => date <= DATE

test('a day becomes one file with each transaction once, the first that was read', async () => {
  await addTransactions(at, DATE, [transactionRow(1), transactionRow(2)])
  await addTransactions(at, DATE, [transactionRow(2, { kafka_offset: 99 }), transactionRow(3)])
  await addTransactions(at, '2026-11-20', [transactionRow(4, { event_date: '2026-11-20' })])
  expect(await compact(at.lake, at.db, isOld)).toEqual({ partitions: 1, filesBefore: 2, duplicates: 1 })
  const { files, counts, replaced } = await at.lake.manifest.latest()
  expect(files.map(({ date, rows: n }) => [date, n]).sort()).toEqual([
    [DATE, 3],
    ['2026-11-20', 1],
  ])
  expect(counts['transactions.duplicates']).toBe(1)
  expect(replaced).toHaveLength(2)
  expect(await rows()).toEqual([1, 2, 3, 4].map((n) => ({ transaction_id: uuid(n), kafka_offset: String(n) })))
})

test('a day that is one file is left alone until more of it comes', async () => {
  await addTransactions(at, DATE, [transactionRow(1)])
  expect((await compact(at.lake, at.db, isOld)).partitions).toBe(1)
  expect((await compact(at.lake, at.db, isOld)).partitions).toBe(0)
  await addTransactions(at, DATE, [transactionRow(1, { kafka_offset: 7 }), transactionRow(2)])
  expect(await compact(at.lake, at.db, isOld)).toEqual({ partitions: 1, filesBefore: 2, duplicates: 1 })
  expect(await rows()).toHaveLength(2)
})

test('replaced files stay for readers of the version before, and are not taken for leftovers', async () => {
  await addTransactions(at, DATE, [transactionRow(1)])
  const before = await at.lake.manifest.latest()
  await compact(at.lake, at.db, isOld)
  expect(await removeReplaced(at.lake)).toBe(0)
  expect(await at.lake.removeOrphans('stream')).toBe(0)
  const scan = await at.lake.scan('transactions', before.files)
  expect(await at.db.rows(`select transaction_id from (${scan})`)).toHaveLength(1)
  // As if an hour had passed.
  await at.lake.manifest.commit(({ replaced }) => ({
    replaced: replaced.map(({ path }) => ({ path, at: '2026-11-19T00:00:00.000Z' })),
  }))
  expect(await removeReplaced(at.lake)).toBe(1)
  expect((await at.lake.manifest.latest()).replaced).toEqual([])
})

test('a file that is in no version is removed by its writer, when it is old enough', async () => {
  await at.lake.writeRows(at.db, 'statements', 'statement_rejects', DATE, [])
  expect(await at.lake.removeOrphans('statements', 60_000)).toBe(0)
  expect(await at.lake.removeOrphans('stream')).toBe(0)
  expect(await at.lake.removeOrphans('statements')).toBe(1)
})
