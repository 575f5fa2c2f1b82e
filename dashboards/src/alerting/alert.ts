/** What every alert says, whoever evaluates it. */
interface AlertText {
  /** In UpperCamelCase. */
  readonly name: string
  readonly severity: 'warning' | 'critical'
  /** How long the condition must hold, such as `5m`; if nothing is said, the alert fires at once. */
  readonly lasting?: string
  readonly summary: string
  /** What it means and what to do. */
  readonly description: string
}

/** Evaluated by Prometheus every five seconds: each series that `expr` gives is an alert, with the series' labels. */
export interface PrometheusAlert extends AlertText {
  readonly expr: string
}

/** Evaluated by Grafana every minute, for what only Postgres knows. */
export interface PostgresAlert extends AlertText {
  /** Grafana's identity of the rule: never rename. */
  readonly uid: string
  /** Gives one number, as the role `grafana`. */
  readonly sql: string
  /** The number above which the alert fires. */
  readonly above: number
  /** Where to look further: the uid of a dashboard. */
  readonly dashboard: string
}
