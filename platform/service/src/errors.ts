/**
 * Code of every operating error, and whether the same call may succeed later without anybody changing anything. What
 * runs for ever tries again where this is true, and ends with the error's sentence where it is false.
 */
const CAN_RETRY = {
  // Postgres
  postgres_unreachable: true,
  /** It answers, and will not take this program: password, role, database, certificate, permission. */
  postgres_refused: false,
  postgres_failed: false,
  already_written: false,
  no_schema: false,
  /** A generator still writes history, which nobody may overtake. */
  history_under_way: true,
  no_reference_data: false,
  outage: true,
  locked: true,
  bad_migration_name: false,
  changed_migration: false,
  migration_failed: false,
  out_of_order: false,
  unknown_migration: false,
  // Kafka
  kafka_unreachable: true,
  /** It answers, and will not take this program: password, mechanism, certificate, permission. */
  kafka_refused: false,
  /** What it sent is not what was written: a checksum or a length is wrong. */
  corrupt_batch: false,
  group_active: true,
  log_truncated: false,
  offsets_forgotten: false,
  other_group: false,
  source_cut_short: false,
  source_recreated: false,
  no_topic: true,
  reader_ended: true,
  /** A topic was deleted and created again, and whoever read it was told not to read another one. */
  topic_recreated: false,
  // Kafka Connect
  bad_connector_file: false,
  connect_refused: false,
  connect_unreachable: true,
  connector_failed: false,
  connectors_down: true,
  no_connector: false,
  not_deleted: true,
  not_running: true,
  not_stopped: true,
  plugin_missing: false,
  slot_in_use: true,
  slot_not_dropped: false,
  // Files and what is in them
  bad_mapping: false,
  bad_rules: false,
  bad_statement: false,
  bad_token_file: false,
  bad_value_line: false,
  no_file: false,
  no_files: false,
  no_idle_steps: false,
  no_header: false,
  no_mapping: false,
  nothing_taken: false,
  no_such_letter: false,
  refused: false,
  rules_invalid: false,
  rules_unreadable: false,
  too_large: false,
  unknown_bank: false,
  unreadable: false,
  values_unreadable: false,
  // Lake, reconciliation and checks
  bad_change: false,
  bad_manifest: false,
  cannot_audit: true,
  lake_contended: true,
  no_index: false,
  no_labels: false,
  no_results: false,
  no_statements: true,
  no_table: false,
  no_token: false,
  no_transactions: true,
  not_healthy: true,
  not_valid: false,
  not_verified: false,
  spark_failed: false,
  superseded: false,
  // This machine
  bad_heap: false,
  bad_port: false,
  bad_workers: false,
  disk_full: false,
  folder_taken: false,
  initdb: false,
  interrupted: true,
  java_libraries_missing: false,
  java_missing: false,
  java_too_old: false,
  kafka_format: false,
  launcher_running: true,
  maven_failed: true,
  maven_missing: false,
  not_green: false,
  not_installed: false,
  not_ready: true,
  pip_failed: true,
  port_in_use: false,
  postgres_missing: false,
  postgres_user_missing: false,
  process_died: true,
  program_failed: false,
  python_missing: false,
  spawn_failed: false,
  stopped: true,
  // Benchmarks
  bench_failed: false,
} as const satisfies Record<string, boolean>

export type ErrorCode = keyof typeof CAN_RETRY

/**
 * A failure that its message explains: one sentence that says what is wrong and what to do about it. Anything else
 * that reaches the top is a bug and is shown with its stack.
 */
export class OperatingError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'OperatingError'
    this.code = code
  }

  /** Whether the same call may succeed later. */
  get canRetry(): boolean {
    return CAN_RETRY[this.code]
  }
}

/** A wrong flag, argument or variable that only the program itself can see. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** @throws Error, which is a bug, unless the condition holds. @param what the broken assumption, as a sentence. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** The value, which cannot be missing here. @param what is missing, as the bug's message names it. */
export function must<T>(value: T | null | undefined, what = 'a value that must be there'): T {
  assert(value !== undefined && value !== null, `missing: ${what}`)
  return value
}

/** Ends a choice that has covered every case. */
export function unreachable(value: never): never {
  throw new Error(`a case that cannot be: ${String(value)}`)
}

/** An error's text with what it was thrown for: the client libraries hide the reason in `cause` or `errors`. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const reasons = [...new Set(error.errors.map(reasonOf))].join('; ')
    return error.message === '' ? reasons : `${error.message}: ${reasons}`
  }
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  const text = message === '' && 'code' in error ? String(error.code) : message
  if (cause === undefined) return text
  const reason = reasonOf(cause)
  return text.includes(reason) ? text : `${text.replace(/\.$/, '')}: ${reason}`
}
