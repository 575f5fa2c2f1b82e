import { setTimeout as sleep } from 'node:timers/promises'
import { withClient, type Stack } from '@fintech-streams/local'
import { type Client } from 'pg'
import { databaseOf } from '../settled.ts'

const LOOK_EVERY_MS = 250
/** Customers whose transactions, taken together, reach all four partitions except once in 400,000 times. */
const WITNESSES = 50

/**
 * Waits until transactions that were committed at or after a moment have their verdicts in Postgres.
 * @returns the moment at which they had.
 * @throws Error when they have not within the time, or when the signal came first.
 */
export async function verdictsAfter(
  stack: Stack,
  fromMs: number,
  withinMs: number,
  signal: AbortSignal,
): Promise<number> {
  const deadlineMs = Date.now() + withinMs
  let ids: string[] = []
  let have = 0
  const isOver = (): boolean => signal.aborted || Date.now() >= deadlineMs
  while (!isOver()) {
    try {
      await withClient(stack, databaseOf(stack), async (client) => {
        while (!isOver() && (ids.length < WITNESSES || have < ids.length)) {
          if (ids.length < WITNESSES) ids = await transactionsFrom(client, fromMs)
          else have = await verdictsOf(client, ids)
          if (have < WITNESSES) await sleep(LOOK_EVERY_MS)
        }
      })
      if (have === WITNESSES) return Date.now()
    } catch {
      // Postgres is down or goes down: look again when it is back.
      await sleep(LOOK_EVERY_MS)
    }
  }
  throw new Error(`${have} of ${ids.length} transactions have their verdicts ${withinMs / 1_000} s after the fault`)
}

async function transactionsFrom(client: Client, fromMs: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select transaction_id as id from transactions where created_at >= to_timestamp($1::float8 / 1000)
     order by created_at limit ${WITNESSES}`,
    [fromMs],
  )
  return rows.map(({ id }) => id)
}

async function verdictsOf(client: Client, ids: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from analytics.fraud_detection where transaction_id = any($1::uuid[])',
    [ids],
  )
  return rows[0]?.n ?? 0
}
