import { join } from 'node:path'
import { duration, number, text, type Values } from '@fintech-streams/cli'
import { DuckDb } from '../duckdb.ts'
import { FolderStore } from './folder-store.ts'
import { Lake } from './lake.ts'

const DEFAULT_FOLDER = join(import.meta.dirname, '../../../.data/lake')

/** Where the lake is, for every command. */
export const lakeSettings = {
  lakeDir: text({
    env: 'LAKE_DIR',
    default:
      process.env['FINTECH_DATA_DIR'] === undefined ? DEFAULT_FOLDER : join(process.env['FINTECH_DATA_DIR'], 'lake'),
    takes: 'folder',
    help: 'the lake',
  }),
  duckdbMemory: number({
    env: 'DUCKDB_MEMORY_MB',
    default: 1024,
    min: 128,
    max: 1_048_576,
    integer: true,
    takes: 'MB',
    help: "DuckDB's memory; what does not fit spills to disk",
  }),
  duckdbThreads: number({
    env: 'DUCKDB_THREADS',
    default: 2,
    min: 1,
    max: 256,
    integer: true,
    help: "DuckDB's threads",
  }),
}

/** When the stream writer makes a file. */
export const writerSettings = {
  flushInterval: duration({ env: 'LAKE_FLUSH_INTERVAL', default: 60_000, help: 'a file is written at least so often' }),
  flushRows: number({
    env: 'LAKE_FLUSH_ROWS',
    default: 200_000,
    min: 1,
    max: 2_000_000,
    integer: true,
    help: 'a file is written when so many rows wait',
  }),
}

export type LakeSettings = Values<typeof lakeSettings>

export function openLake({ lakeDir }: LakeSettings): Lake {
  return new Lake(new FolderStore(lakeDir), join(lakeDir, '_scratch'))
}

export function openDuckDb(values: LakeSettings, path = ':memory:'): Promise<DuckDb> {
  return DuckDb.open({
    path,
    memoryMb: values.duckdbMemory,
    threads: values.duckdbThreads,
    spillFolder: join(values.lakeDir, '_scratch', 'spill'),
  })
}
