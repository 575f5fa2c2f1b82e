import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Logger } from '@fintech-streams/service'
import { OPS_ALERTS, OPS_ALERTS_TOPIC } from '@fintech-streams/contracts'
import { ensureTopics, type KafkaConnection } from '@fintech-streams/kafka'
import { Producer } from '@platformatic/kafka'
import { z } from 'zod'

const nightlyStateSchema = z.object({
  date: z.string(),
  finishedAtMs: z.number(),
  succeeded: z.boolean(),
  seconds: z.number(),
  lastSuccessAtMs: z.number().nullable(),
  statuses: z.record(z.string(), z.number()),
})
/** The last nightly run, for the metrics that the lake's process serves. */
export type NightlyState = z.infer<typeof nightlyStateSchema>

const statementsStateSchema = z.object({
  /** Statement files, and their lines, by outcome. */
  files: z.record(z.string(), z.number()),
  lines: z.record(z.string(), z.number()),
  /** Statements that should have come by now. */
  late: z.number(),
  /** Days that are over and have not been reconciled. */
  openDays: z.number(),
})
/** What was taken in and what is missing, when somebody looked last. */
export type StatementsState = z.infer<typeof statementsStateSchema>

/** What the last run left behind; undefined before the first. */
export const nightlyState = (lakeDir: string): Promise<NightlyState | undefined> =>
  stateOf(lakeDir, 'nightly', nightlyStateSchema)

export const statementsState = (lakeDir: string): Promise<StatementsState | undefined> =>
  stateOf(lakeDir, 'statements', statementsStateSchema)

export async function writeNightlyState(lakeDir: string, state: Omit<NightlyState, 'lastSuccessAtMs'>): Promise<void> {
  const before = await nightlyState(lakeDir)
  const lastSuccessAtMs = state.succeeded ? state.finishedAtMs : (before?.lastSuccessAtMs ?? null)
  await writeState(lakeDir, 'nightly', { ...state, lastSuccessAtMs })
}

export const writeStatementsState = (lakeDir: string, state: StatementsState): Promise<void> =>
  writeState(lakeDir, 'statements', state)

const stateFile = (lakeDir: string, name: string): string => join(lakeDir, '_runs', `${name}.json`)

async function stateOf<T>(lakeDir: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(stateFile(lakeDir, name), 'utf8')))
  } catch {
    return undefined
  }
}

async function writeState(lakeDir: string, name: string, state: object): Promise<void> {
  const path = stateFile(lakeDir, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.part`, JSON.stringify(state))
  await rename(`${path}.part`, path)
}

/** A record of `fintech.ops.alerts`. */
export interface OpsAlert {
  readonly source: 'reconciliation'
  /** WARNING where people have to look, and the night goes on all the same. */
  readonly severity: 'CRITICAL' | 'WARNING'
  readonly code: string
  readonly message: string
  readonly business_date: string
  /** ISO-8601 with Z. */
  readonly raised_at: string
}

/** Sends alerts; resolves when the broker has them. */
export async function raiseAlerts(
  connection: KafkaConnection,
  alerts: readonly OpsAlert[],
  logger: Logger,
): Promise<void> {
  if (alerts.length === 0) return
  await ensureTopics(connection, [OPS_ALERTS], logger)
  const toBuffer = (text?: string): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text))
  const producer = new Producer<string, string, string, string>({
    ...connection,
    idempotent: true,
    retries: 3,
    retryDelay: 200,
    serializers: { key: toBuffer, value: toBuffer },
  })
  try {
    const messages = alerts.map((alert) => ({
      topic: OPS_ALERTS_TOPIC,
      key: `${alert.source}/${alert.business_date}`,
      value: JSON.stringify(alert),
    }))
    await producer.send({ messages })
  } finally {
    await producer.close(true)
  }
}
