import { formatInstant } from '@fintech-streams/contracts'
import { type SteadyConnection } from '../write/steady-connection.ts'
import { isStreamed } from './slots.ts'
import { HORIZON_MS, type Survey } from './survey.ts'

const HORIZON_MINUTES = HORIZON_MS / 60_000

/**
 * What to say before a file is written into a running stream: how many of its lines the stream will take for late, and
 * how to have them counted. Nothing where no connector streams the database, or no line is late.
 */
export async function latenessWarnings(
  connection: SteadyConnection,
  { times, lines }: Survey,
  isShifted: boolean,
): Promise<string[]> {
  const stream = await connection.run('the import', async (client) => {
    if (!(await isStreamed(client))) return undefined
    const { rows } = await client.query<{ last: Date | null }>('select max(created_at) as last from transactions')
    // A time ahead of its commit counts as the commit's.
    return { lastMs: Math.min(rows[0]?.last?.getTime() ?? -Infinity, Date.now()) }
  })
  if (stream === undefined) return []
  const shiftMs = isShifted ? Date.now() - times.judge().newestMs : 0
  const { old, disordered } = times.lateFor(stream.lastMs - shiftMs)
  const warnings: string[] = []
  if (old > 0) {
    const newest = `the newest transaction in the database (${formatInstant(stream.lastMs)})`
    const way = isShifted
      ? 'to have them counted, import before anything newer is written'
      : 'to have them counted, use --shift-to-now, before anything newer is written'
    warnings.push(
      `up to ${old} of ${lines} lines are more than ${HORIZON_MINUTES} minutes older than ${newest}, so the running stream takes them for late and counts them in no window: ${way}`,
    )
  }
  if (disordered > 0) {
    warnings.push(
      `${disordered} of ${lines} lines come more than ${HORIZON_MINUTES} minutes behind an earlier one, so the running stream takes them for late: sort the file by time`,
    )
  }
  return warnings
}
