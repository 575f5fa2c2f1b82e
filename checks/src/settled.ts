import { kafkaOf, type Stack, withClient } from '@fintech-streams/local'
import { eventually } from './eventually.ts'
import { checkedJobs } from './verify/checked-jobs.ts'
import { readIdleSteps } from './verify/idle-steps.ts'
import { openLog, type Reader, readerNamed } from './verify/reader.ts'
import { verify, type Verification } from './verify/verify.ts'

/** Verifies a stack whose source gets no more records until nothing is missing, or the time is over. */
export async function verifyWhenSettled(
  stack: Stack,
  { tables, withinMs }: { tables: boolean; withinMs: number },
): Promise<Verification> {
  const missing = ({ topics, tables: rows }: Verification): number =>
    [...topics, ...rows].reduce((sum, comparison) => sum + comparison.missing, 0)
  return eventually(
    () => verifyOnce(stack, { tables }),
    (verification) => missing(verification) === 0,
    withinMs,
  )
}

/** Verifies a stack as it is now. @param reader by default Java, where it is. */
export async function verifyOnce(
  stack: Stack,
  { tables, reader }: { tables: boolean; reader?: Reader },
): Promise<Verification> {
  const kafka = await openLog(await readerNamed(reader), kafkaOf(stack, 'e2e'))
  try {
    const idleSteps = await readIdleSteps(kafka)
    const common = { kafka, jobs: checkedJobs(), idleSteps: (partition: number) => idleSteps.of(partition) }
    if (!tables) return await verify({ ...common, postgres: undefined })
    return await withClient(stack, databaseOf(stack), (postgres) => verify({ ...common, postgres }))
  } finally {
    await kafka.close()
  }
}

/** The name of a stack's platform database. */
export function databaseOf(stack: Stack): string {
  const name = stack.env['POSTGRES_DB']
  if (name === undefined) throw new Error('a stack names its database')
  return name
}
