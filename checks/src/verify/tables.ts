import { isState, UNDEFINED_COLUMN, UNDEFINED_TABLE } from '@fintech-streams/postgres'
import { OperatingError } from '@fintech-streams/service'
import { type FieldKind } from '@fintech-streams/contracts'
import { type Client, type QueryResult } from 'pg'
import { type CheckedJob } from './checked-jobs.ts'
import { type Found } from './compare.ts'

/** What the rows of a job's table are read by. */
export type TableOfJob = Pick<CheckedJob, 'table' | 'key' | 'fields'>

const ROWS_PER_FETCH = 5_000

/**
 * Every row of a job's table, written as the job's topic has it.
 * @throws OperatingError when the table is not there, or lacks a field.
 */
export async function* tableRows(client: Client, job: TableOfJob): AsyncGenerator<Found> {
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
    throw new OperatingError('no_table', `${job.table}: ${error.message} (${advice})`, error)
  } finally {
    await client.query('rollback')
  }
}

function select({ fields, table }: TableOfJob): string {
  const members = Object.entries(fields).map(([name, kind]) => `'${name}', ${expression(name, kind)}`)
  return `select jsonb_build_object(${members.join(', ')})::text as value from ${table}`
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

function keyOf(job: TableOfJob, value: string): string {
  const row = JSON.parse(value) as Record<string, unknown>
  return JSON.stringify(Object.fromEntries(job.key.map((field) => [field, row[field]])))
}
