export { SinkMetrics } from './metrics.ts'
export { ROLLUPS } from './rollups.ts'
export { schemaSql } from './store.ts'
export { sinkTables } from './tables.ts'
