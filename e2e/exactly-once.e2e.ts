import { setTimeout as sleep } from 'node:timers/promises'
import { kill, startProcesses, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { produce } from './src/produce.ts'
import { Random } from './src/random.ts'
import { verifyWhenSettled } from './src/settled.ts'
import { startTestStack, stopTestStack } from './src/stack.ts'
import { TransactionStream, type ToProduce } from './src/stream.ts'
import { isFlawless } from './src/verify/compare.ts'

const SEED = Number(process.env['E2E_SEED'] ?? 1)
const RECORDS_PER_BURST = 500
const BURST_PAUSE_MS = 400
const KILLS = 5
const IDLE_MS = 14_000
const LAST_BURSTS = 10
const FLUSH_LATER_MS = 3 * 3_600_000
const PROCESSORS = ['processor', 'processor-2']

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('exactly-once', PROCESSORS, {
    env: { PROCESSOR_WORKERS: String(PROCESSORS.length) },
  })
})
afterAll(() => stopTestStack(stack))

/** Kills a processor at a random moment and starts it again. */
async function killOne(random: Random): Promise<void> {
  const name = random.pick(PROCESSORS)
  expect(kill(stack, name, 'SIGKILL')).toBe(true)
  await sleep(random.whole(1_000))
  await startProcesses(stack, [name])
}

/** Produces a burst of records now and then while `goesOn`. */
async function produceWhile(stream: Iterator<ToProduce>, goesOn: (bursts: number) => boolean): Promise<number> {
  let bursts = 0
  for (; goesOn(bursts); bursts += 1) {
    const burst = Array.from({ length: RECORDS_PER_BURST }, () => stream.next().value as ToProduce)
    await produce(stack, burst)
    await sleep(BURST_PAUSE_MS)
  }
  return bursts * RECORDS_PER_BURST
}

test('two processors, killed while records come in and while none do, leave every result once and right', async () => {
  const random = new Random(SEED)
  const startMs = Date.UTC(2026, 0, 5, 3)
  const stream = new TransactionStream({ seed: SEED, transactions: Infinity, customers: 200, startMs })
  const records = stream.records()

  let isKilling = true
  const producing = produceWhile(records, () => isKilling)
  try {
    for (let kills = 0; kills < KILLS; kills += 1) {
      await sleep(random.whole(3_000))
      await killOne(random)
    }
  } finally {
    isKilling = false
  }
  let produced = await producing

  // Now the partitions are idle: wall time closes windows, and a killed processor must find that out again.
  await sleep(IDLE_MS)
  await killOne(random)
  produced += await produceWhile(records, (bursts) => bursts < LAST_BURSTS)
  const flush = stream.flush(FLUSH_LATER_MS)
  await produce(stack, flush)

  const verification = await verifyWhenSettled(stack, { tables: false, withinMs: 180_000 })
  expect(verification.topics.filter((comparison) => !isFlawless(comparison))).toEqual([])
  expect(verification.ok).toBe(true)
  expect(verification.source.records).toBe(produced + flush.length)
  expect(verification.source.idleSteps).toBeGreaterThan(0)
})
