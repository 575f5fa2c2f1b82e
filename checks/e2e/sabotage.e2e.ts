import { JOB_IDS } from '@fintech-streams/contracts'
import { type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { produce } from '../src/produce.ts'
import { Random } from '../src/random.ts'
import { freshTopics, runSabotaged } from '../src/sabotaged.ts'
import { verifyOnce } from '../src/settled.ts'
import { BROKER_SABOTAGES } from '../src/simulation/sabotage.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { TransactionStream } from '../src/stream.ts'
import { isFlawless, type Fault } from '../src/verify/compare.ts'

const SEED = Number(process.env['E2E_SEED'] ?? 1)
const HOUR_MS = 3_600_000
const TRANSACTIONS = 2_500
/** Close together in event time, so that what is sent again is within the horizon. */
const STEP_MS = 1_500
const DUPLICATES_WITHIN = 300

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('sabotage', ['kafka'])
})
afterAll(() => stopTestStack(stack))

/** What Kafka's own client and the recomputation find after a run on the real broker, by kind of fault. */
async function faultsAfter(
  group: string,
  sabotage: (typeof BROKER_SABOTAGES)[keyof typeof BROKER_SABOTAGES] | undefined,
) {
  await freshTopics(stack, JOB_IDS)
  const stream = new TransactionStream({
    seed: SEED,
    transactions: TRANSACTIONS,
    customers: 20,
    startMs: Date.UTC(2026, 0, 5, 8),
    stepMs: STEP_MS,
    duplicatesWithin: DUPLICATES_WITHIN,
  })
  const records = [...stream.records(), ...stream.moveOn(3 * HOUR_MS)]
  await produce(
    stack,
    records.map((record) => ({ ...record, partition: 0 })),
  )
  await runSabotaged(stack, group, sabotage ?? {}, new Random(SEED))
  const { topics } = await verifyOnce(stack, { tables: false, reader: 'java' })
  const sum = (fault: Fault): number => topics.reduce((total, comparison) => total + comparison[fault], 0)
  return {
    flawless: topics.every(isFlawless),
    missing: sum('missing'),
    duplicate: sum('duplicate'),
    wrong: sum('wrong'),
  }
}

test('killed again and again on the real broker, with a zombie beside it, every result is once and right', async () => {
  expect(await faultsAfter('intact', undefined)).toEqual({ flawless: true, missing: 0, duplicate: 0, wrong: 0 })
})

test.each(Object.entries(BROKER_SABOTAGES))('the verifier notices: %s', async (name, sabotage) => {
  const faults = await faultsAfter(name.replaceAll(' ', '-'), sabotage)
  expect(faults[sabotage.fault], JSON.stringify(faults)).toBeGreaterThan(0)
})
