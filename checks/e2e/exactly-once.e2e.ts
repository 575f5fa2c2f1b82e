import { setTimeout as sleep } from 'node:timers/promises'
import { kill, startProcesses, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TransactionalSource } from '../src/produce.ts'
import { Random } from '../src/random.ts'
import { verifyWhenSettled } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { TransactionStream, type ToProduce } from '../src/stream.ts'
import { isFlawless } from '../src/verify/compare.ts'

const SEED = Number(process.env['E2E_SEED'] ?? 1)
const RECORDS_PER_BURST = 500
const ABORTED_PER_BURST = 20
const BURST_PAUSE_MS = 400
/** Event time of a burst: some 20 s. So duplicates from before a processor's last checkpoint are within the horizon. */
const STEP_MS = 80
const DUPLICATES_WITHIN = 12_000
const KILLS = 5
const LAST_BURSTS = 10
/** At its end the watermark of an idle partition is 10 s ahead of its largest event time. */
const IDLE_MS = 15_000
/** How far from the end of the half-hour event time stands when the partitions fall idle. */
const BEFORE_WINDOW_END_MS = 8_000
const HALF_HOUR_MS = 30 * 60_000
const PROCESSORS = ['processor', 'processor-2']

interface Stream {
  all: TransactionStream
  records: Iterator<ToProduce>
}

let stack: Stack
let source: TransactionalSource

beforeAll(async () => {
  stack = await startTestStack('exactly-once', PROCESSORS, {
    env: { PROCESSOR_WORKERS: String(PROCESSORS.length), PROCESSOR_STANDBY: '1' },
  })
  source = new TransactionalSource(stack)
})
afterAll(async () => {
  await source?.close()
  await stopTestStack(stack)
})

/** Kills processors and starts them again at a random moment after that. */
async function restart(names: readonly string[], random: Random): Promise<void> {
  for (const name of names) expect(kill(stack, name, 'SIGKILL')).toBe(true)
  await sleep(random.whole(1_000))
  await startProcesses(stack, names)
}

/** Writes a burst of records now and then while `goesOn`, and before it some in a transaction that is aborted. */
async function writeWhile(stream: Stream, goesOn: (bursts: number) => boolean): Promise<number> {
  let bursts = 0
  for (; goesOn(bursts); bursts += 1) {
    const aborted = Array.from({ length: ABORTED_PER_BURST }, () => stream.all.another())
    await source.abort(aborted.map(({ partition, row }) => stream.all.produced(partition, row)))
    await source.commit(Array.from({ length: RECORDS_PER_BURST }, () => stream.records.next().value as ToProduce))
    await sleep(BURST_PAUSE_MS)
  }
  return bursts * RECORDS_PER_BURST
}

test('two processors, killed while records come in and while none do, leave every result once and right', async () => {
  const random = new Random(SEED)
  const all = new TransactionStream({
    seed: SEED,
    transactions: Infinity,
    customers: 200,
    startMs: Date.UTC(2026, 0, 5, 3),
    stepMs: STEP_MS,
    duplicatesWithin: DUPLICATES_WITHIN,
  })
  const stream = { all, records: all.records() }

  let isKilling = true
  const writing = writeWhile(stream, () => isKilling)
  try {
    for (let kills = 0; kills < KILLS; kills += 1) {
      await sleep(1_000 + random.whole(4_000))
      await restart([random.pick(PROCESSORS)], random)
    }
  } finally {
    isKilling = false
  }
  let written = await writing

  // Wall time closes windows of idle partitions. Processors killed right after that must go on from there, and not count
  // what comes then into windows whose results are written.
  const windowEndMs = Math.ceil((all.clockMs + BEFORE_WINDOW_END_MS) / HALF_HOUR_MS) * HALF_HOUR_MS
  const standing = all.moveOn(windowEndMs - BEFORE_WINDOW_END_MS - all.clockMs)
  await source.commit(standing)
  await sleep(IDLE_MS)
  await restart(PROCESSORS, random)
  written += standing.length + (await writeWhile(stream, (bursts) => bursts < LAST_BURSTS))
  const last = all.moveOn(6 * HALF_HOUR_MS)
  await source.commit(last)

  const verification = await verifyWhenSettled(stack, { tables: false, withinMs: 180_000 })
  expect(verification.topics.filter((comparison) => !isFlawless(comparison))).toEqual([])
  expect(verification.ok).toBe(true)
  expect(verification.source.records).toBe(written + last.length)
  expect(verification.source.idleSteps).toBeGreaterThan(0)
})
