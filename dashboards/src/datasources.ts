import { type Builder, type Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'

/** The data sources of `provisioning/datasources`, by their fixed uids. */
export const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' } as const
export const POSTGRES = { type: 'grafana-postgresql-datasource', uid: 'postgres' } as const
/** A community plugin; nothing depends on it. */
export const KAFKA = { type: 'hamedkarbasi93-kafka-datasource', uid: 'kafka' } as const

/** A query that does not know yet which letter it has in its panel. */
export interface Query {
  readonly source: typeof PROMETHEUS | typeof POSTGRES | typeof KAFKA
  readonly target: (refId: string) => Builder<Dataquery>
}

/** Values over time, one line for each combination of the labels in the legend. */
export const promql = (expr: string, legend: string): Query => ({
  source: PROMETHEUS,
  target: (refId) => new DataqueryBuilder().datasource(PROMETHEUS).refId(refId).expr(expr).legendFormat(legend).range(),
})

/** The value of now. */
export const promqlNow = (expr: string): Query => ({
  source: PROMETHEUS,
  target: (refId) => new DataqueryBuilder().datasource(PROMETHEUS).refId(refId).expr(expr).instant(),
})

/** Rows as they are. */
export const sqlTable = (rawSql: string): Query => sql(rawSql, 'table')

/** Columns `time` and `metric`, which names a line, and one of values. */
export const sqlSeries = (rawSql: string): Query => sql(rawSql, 'time_series')

/** The last 50 records of a topic, and new ones as they come. */
export const kafkaTopic = (topicName: string): Query =>
  query(KAFKA, { topicName, partition: 'all', autoOffsetReset: 'latest', lastN: 50, timestampMode: 'message' })

const sql = (rawSql: string, format: 'table' | 'time_series'): Query =>
  query(POSTGRES, { editorMode: 'code', rawQuery: true, format, rawSql })

/** A query as its data source keeps it, where the SDK has no type of it. */
const query = (source: Query['source'], settings: object): Query => ({
  source,
  target: (refId) => ({
    build: () => {
      const built = { refId, datasource: source, ...settings, _implementsDataqueryVariant: () => undefined }
      return built
    },
  }),
})
