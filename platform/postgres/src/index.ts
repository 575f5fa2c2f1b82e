export {
  connectPostgres,
  type PostgresConnection,
  postgresConnection,
  requirePostgresAccess,
  withPostgres,
} from './connection.ts'
export { Database, type PgClient } from './database.ts'
export {
  failureOf,
  FORBIDDEN,
  isDataError,
  isState,
  LOCK_NOT_AVAILABLE,
  QUERY_CANCELED,
  UNDEFINED_COLUMN,
  UNDEFINED_TABLE,
  UNIQUE_VIOLATION,
} from './failure.ts'
export { Batcher } from './batcher.ts'
export { OFFSET_COLUMNS, OffsetStore } from './offset-store.ts'
export { PostgresStore } from './postgres-store.ts'
export { SingleWriterLock } from './single-writer-lock.ts'
export { inTransaction } from './transaction.ts'
