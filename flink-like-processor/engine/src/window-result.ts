import { ByteWriter } from '@fintech-streams/records'
import { type WindowJob } from './job.ts'
import { JobWindows } from './job-windows.ts'
import { columnContext } from './operator-context.ts'
import { type ResultWriter } from './result-writer.ts'

/**
 * The declared fields of a job's result for one window that holds exactly these events, all of one key: what a replay
 * compares, and a test.
 * @param keyOf what the source is partitioned by.
 */
export function resultOfWindow<E extends { readonly eventTimeMs: number }>(
  job: WindowJob<E>,
  events: readonly E[],
  keyOf: (event: E) => string,
): Record<string, unknown> {
  const [first] = events
  const key = first && job.key(first)
  if (first === undefined || key === undefined) throw new RangeError('a window has an event that its job counts')
  const sourceKeys = [...new Set(events.map(keyOf))]
  const windows = new JobWindows(
    job,
    columnContext((number) => sourceKeys[number]!),
  )
  const table = windows.table(windows.startOf(first.eventTimeMs))
  table.open(0)
  for (const event of events) {
    table.rows.sourceKey = sourceKeys.indexOf(keyOf(event))
    table.layout.add(table.rows, event as never)
  }
  const { startMs, endMs, layout, rows } = table
  const finished = job.finish(layout.values(rows), { key, startMs, endMs, count: events.length })
  const result = writtenResult(job, finished)
  table.drop()
  return result
}

/** The fields of a result as they are written. */
export function writtenResult(
  { writeResult }: { readonly writeResult: ResultWriter },
  result: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const members = new ByteWriter()
  writeResult(members, result)
  return JSON.parse(`{${members.bytes.toString('utf8', 0, members.length)}}`) as Record<string, unknown>
}
