import { isState, UNDEFINED_COLUMN, UNDEFINED_TABLE } from '@fintech-streams/postgres'
import { OperatingError } from '@fintech-streams/service'
import { RESULTS, analyticsTopic, resultTable, type FieldKind, type JobId } from '@fintech-streams/contracts'
import { type Client, type QueryResult } from 'pg'
import { type Found } from './compare.ts'

const ROWS_PER_FETCH = 5_000

/** The name of a job's table, schema included. */
export function tableOf(job: JobId): string {
  return `analytics.${resultTable(analyticsTopic(job))}`
}

/**
 * Every row of a job's table, written as the job's topic has it.
 * @throws OperatingError when the table is not there, or lacks a field.
 */
export async function* tableRows(client: Client, job: JobId): AsyncGenerator<Found> {
  await client.query('begin read only')
  try {
    await client.query(`declare found no scroll cursor for ${select(job)}`)
    for (;;) {
      const page: QueryResult<{ value: string }> = await client.query(`fetch ${ROWS_PER_FETCH} from found`)
      for (const { value } of page.rows) yield { key: keyOf(job, value), value }
      if (page.rows.length < ROWS_PER_FETCH) return
    }
  } catch (error) {
    if (!isState(error, UNDEFINED_TABLE, UNDEFINED_COLUMN)) throw error
    const advice = 'start the sink once, it creates the tables'
    throw new OperatingError('no_table', `${tableOf(job)}: ${error.message} (${advice})`, error)
  } finally {
    await client.query('rollback')
  }
}

function select(job: JobId): string {
  const members = Object.entries(RESULTS[job].fields).map(([name, kind]) => `'${name}', ${expression(name, kind)}`)
  return `select jsonb_build_object(${members.join(', ')})::text as value from ${tableOf(job)}`
}

/** A column in the form that its field has on the wire. */
function expression(name: string, kind: FieldKind): string {
  switch (kind.replace('?', '')) {
    case 'time':
      return `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    case 'money':
      return `${name}::text`
    default:
      return name
  }
}

function keyOf(job: JobId, value: string): string {
  const row = JSON.parse(value) as Record<string, unknown>
  const fields: readonly string[] = RESULTS[job].key
  return JSON.stringify(Object.fromEntries(fields.map((field) => [field, row[field]])))
}
