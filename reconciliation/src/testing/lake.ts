import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDb } from '../duckdb.ts'
import { FolderStore } from '../lake/folder-store.ts'
import { Lake } from '../lake/lake.ts'
import { type LakeStore } from '../lake/store.ts'
import { type LakeRow } from '../lake/tables.ts'

/** A lake of a test's own, with DuckDB, in a temporary folder whose name a query could take for a pattern. */
export interface TestLake {
  readonly lake: Lake
  readonly db: DuckDb
  readonly folder: string
  close(): Promise<void>
}

export async function testLake(wrap: (store: LakeStore) => LakeStore = (store) => store): Promise<TestLake> {
  const folder = await mkdtemp(join(tmpdir(), 'fintech [lake] *ü '))
  const db = await DuckDb.open({ memoryMb: 512, threads: 1, spillFolder: join(folder, '_scratch', 'spill') })
  return {
    lake: new Lake(wrap(new FolderStore(folder)), join(folder, '_scratch')),
    db,
    folder,
    close: async () => {
      db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

/** A row of the lake's transactions: a completed purchase in dollars, with other values where given. */
export function transactionRow(n: number, changes: LakeRow = {}): LakeRow {
  return {
    transaction_id: uuid(n),
    customer_id: uuid(0xc0),
    account_id: uuid(0xa0),
    to_account_id: null,
    merchant_id: uuid(0xe0),
    transaction_type: 'PURCHASE',
    amount: '10.00',
    currency: 'USD',
    fx_rate: '1',
    amount_usd: '10.00',
    fee_amount: '0.10',
    status: 'COMPLETED',
    channel: 'POS',
    merchant_category: 'GROCERY',
    mcc: '5411',
    country: 'US',
    city: 'Chicago',
    is_cross_border: false,
    risk_score: '10.00',
    risk_level: 'LOW',
    compliance_flags: '',
    original_transaction_id: null,
    created_at: '2026-11-19T12:00:00.000Z',
    event_date: '2026-11-19',
    kafka_partition: 0,
    kafka_offset: n,
    ...changes,
  }
}

/** Adds transactions of one day to the lake. */
export async function addTransactions({ lake, db }: TestLake, date: string, rows: readonly LakeRow[]): Promise<void> {
  const file = await lake.writeRows(
    db,
    'stream',
    'transactions',
    date,
    rows.map((row) => JSON.stringify(row)),
  )
  await lake.manifest.commit((latest) => ({ files: [...latest.files, file] }))
}
