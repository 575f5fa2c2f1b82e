import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withClient, type Stack } from '@fintech-streams/local'
import { eventually } from './eventually.ts'
import { bootstrapOf } from './stack.ts'
import { readIdleSteps } from './verify/idle-steps.ts'
import { KafkaLog } from './verify/kafka-log.ts'
import { verify, type Verification } from './verify/verify.ts'

/** Verifies a stack whose source gets no more records until nothing is missing, or the time is over. */
export async function verifyWhenSettled(
  stack: Stack,
  { tables, withinMs }: { tables: boolean; withinMs: number },
): Promise<Verification> {
  const missing = ({ topics, tables: rows }: Verification): number =>
    [...topics, ...rows].reduce((sum, comparison) => sum + comparison.missing, 0)
  return eventually(
    () => verifyOnce(stack, tables),
    (verification) => missing(verification) === 0,
    withinMs,
  )
}

async function verifyOnce(stack: Stack, tables: boolean): Promise<Verification> {
  const rules = join(stack.checkout, 'flink-like-processor/rules.json')
  const { version: ruleVersion } = JSON.parse(readFileSync(rules, 'utf8')) as { version: string }
  const kafka = new KafkaLog(bootstrapOf(stack))
  try {
    const idleSteps = await readIdleSteps(kafka)
    if (!tables) return await verify({ kafka, postgres: undefined, ruleVersion, idleSteps })
    return await withClient(stack, databaseOf(stack), (postgres) => verify({ kafka, postgres, ruleVersion, idleSteps }))
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
