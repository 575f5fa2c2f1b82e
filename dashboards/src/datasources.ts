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
  target(refId: string): Builder<Dataquery>
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
export const kafkaTopic = (topicName: string): Query => ({
  source: KAFKA,
  target: (refId) => {
    const query: KafkaQuery = {
      refId,
      datasource: KAFKA,
      topicName,
      partition: 'all',
      autoOffsetReset: 'latest',
      lastN: 50,
      timestampMode: 'message',
      _implementsDataqueryVariant: () => undefined,
    }
    return { build: () => query }
  },
})

/** A query as the Kafka data source keeps it. */
interface KafkaQuery extends Dataquery {
  readonly refId: string
  readonly datasource: typeof KAFKA
  readonly topicName: string
  readonly partition: 'all'
  readonly autoOffsetReset: 'latest'
  readonly lastN: number
  readonly timestampMode: 'message'
}

/** A query as the PostgreSQL data source keeps it. The SDK has no type of its own for it. */
interface SqlQuery extends Dataquery {
  readonly refId: string
  readonly datasource: typeof POSTGRES
  readonly editorMode: 'code'
  readonly rawQuery: true
  readonly format: 'table' | 'time_series'
  readonly rawSql: string
}

function sql(rawSql: string, format: SqlQuery['format']): Query {
  const target = (refId: string): Builder<Dataquery> => {
    const query: SqlQuery = {
      refId,
      datasource: POSTGRES,
      editorMode: 'code',
      rawQuery: true,
      format,
      rawSql,
      _implementsDataqueryVariant: () => undefined,
    }
    return { build: () => query }
  }
  return { source: POSTGRES, target }
}
