import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Logger } from '@fintech-streams/service'
import { OPS_ALERTS, OPS_ALERTS_TOPIC } from '@fintech-streams/contracts'
import { ensureTopics, type KafkaConnection } from '@fintech-streams/kafka'
import { Producer } from '@platformatic/kafka'
import { z } from 'zod'

const STATE = '_runs/nightly.json'

const stateSchema = z.object({
  date: z.string(),
  finishedAtMs: z.number(),
  succeeded: z.boolean(),
  seconds: z.number(),
  lastSuccessAtMs: z.number().nullable(),
  statuses: z.record(z.string(), z.number()),
})
/** The last nightly run, for the metrics that the lake's process serves. */
export type NightlyState = z.infer<typeof stateSchema>

/** What the last run left behind; undefined before the first. */
export async function nightlyState(lakeDir: string): Promise<NightlyState | undefined> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(join(lakeDir, STATE), 'utf8')))
  } catch {
    return undefined
  }
}

export async function writeNightlyState(lakeDir: string, state: Omit<NightlyState, 'lastSuccessAtMs'>): Promise<void> {
  const before = await nightlyState(lakeDir)
  const lastSuccessAtMs = state.succeeded ? state.finishedAtMs : (before?.lastSuccessAtMs ?? null)
  const path = join(lakeDir, STATE)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(`${path}.part`, JSON.stringify({ ...state, lastSuccessAtMs }))
  await rename(`${path}.part`, path)
}

/** A record of `fintech.ops.alerts`. */
export interface OpsAlert {
  readonly source: 'reconciliation'
  readonly severity: 'CRITICAL'
  readonly code: string
  readonly message: string
  readonly business_date: string
  /** ISO-8601 with Z. */
  readonly raised_at: string
}

/** Sends an alert; resolves when the broker has it. */
export async function raiseAlert(connection: KafkaConnection, alert: OpsAlert, logger: Logger): Promise<void> {
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
    const key = `${alert.source}/${alert.business_date}`
    await producer.send({ messages: [{ topic: OPS_ALERTS_TOPIC, key, value: JSON.stringify(alert) }] })
  } finally {
    await producer.close(true)
  }
}
