import { join } from 'node:path'
import { duration, number, text, type Values } from '@fintech-streams/service'
import { DuckDb } from '../duckdb.ts'
import { FolderStore } from './folder-store.ts'
import { Lake } from './lake.ts'
import { S3Store } from './s3-store.ts'
import { type LakeStore } from './store.ts'

const DEFAULT_FOLDER = join(import.meta.dirname, '../../../.data/lake')

/** Where the lake is, for every command. */
export const lakeSettings = {
  lakeDir: text({
    env: 'LAKE_DIR',
    default:
      process.env['FINTECH_DATA_DIR'] === undefined ? DEFAULT_FOLDER : join(process.env['FINTECH_DATA_DIR'], 'lake'),
    takes: 'folder',
    help: 'the lake; with a bucket, what is on its way to it and a cache of its files',
  }),
  lakeS3Bucket: text({
    env: 'LAKE_S3_BUCKET',
    default: undefined,
    takes: 'name',
    help: 'the lake is in this bucket of S3; region and credentials as the AWS SDK finds them (AWS_REGION, …)',
  }),
  lakeS3Prefix: text({
    env: 'LAKE_S3_PREFIX',
    default: '',
    takes: 'path',
    help: 'before every key, for a bucket that others use as well',
  }),
  lakeS3Endpoint: text({
    env: 'LAKE_S3_ENDPOINT',
    default: undefined,
    takes: 'URL',
    help: "a server like S3, where it is not Amazon's",
  }),
  lakeS3KmsKey: text({
    env: 'LAKE_S3_KMS_KEY',
    default: undefined,
    takes: 'key',
    help: "encrypt with this key of KMS; default for the account's own",
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

export function openLake(values: LakeSettings): Lake {
  return new Lake(storeOf(values), join(values.lakeDir, '_scratch'))
}

function storeOf({ lakeDir, lakeS3Bucket, lakeS3Prefix, lakeS3Endpoint, lakeS3KmsKey }: LakeSettings): LakeStore {
  if (lakeS3Bucket === undefined) return new FolderStore(lakeDir)
  return new S3Store({
    bucket: lakeS3Bucket,
    prefix: lakeS3Prefix.replace(/^\/+|\/+$/g, ''),
    endpoint: lakeS3Endpoint,
    kmsKey: lakeS3KmsKey,
    cacheFolder: join(lakeDir, '_cache'),
  })
}

export function openDuckDb(values: LakeSettings, path = ':memory:'): Promise<DuckDb> {
  return DuckDb.open({
    path,
    memoryMb: values.duckdbMemory,
    threads: values.duckdbThreads,
    spillFolder: join(values.lakeDir, '_scratch', 'spill'),
  })
}
