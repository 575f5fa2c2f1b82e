import { OLD_KEY_HEADER } from '@fintech-streams/contracts'
import { processInfo, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { metricsOf } from '../src/metrics.ts'
import { MUTATIONS, mutate } from '../src/mutations.ts'
import { produce } from '../src/produce.ts'
import { Random } from '../src/random.ts'
import { verifyWhenSettled } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { TransactionStream, type ToProduce } from '../src/stream.ts'
import { isFlawless } from '../src/verify/compare.ts'

const SEED = Number(process.env['E2E_SEED'] ?? 1)
const GOOD = 4_000
const MUTATED = 1_000
const EACH = 20
const HOURS_MS = 3_600_000
const MOVED = new Map([[OLD_KEY_HEADER, Buffer.from('{}')]])

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('malformed', ['processor'])
})
afterAll(() => stopTestStack(stack))

/** Records made by hand, of which the first group must be dead letters and the second must not. */
function handMade(stream: TransactionStream): { bad: ToProduce[]; good: ToProduce[]; ignored: ToProduce[] } {
  const made = (change: (row: Record<string, unknown>) => Record<string, unknown> | string | null): ToProduce => {
    const { partition, row } = stream.another()
    const changed = change(row)
    const record = stream.produced(partition, row)
    if (changed === null) return { ...record, value: null }
    return { ...record, value: Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed)) }
  }
  const times = (change: Parameters<typeof made>[0]): ToProduce[] => Array.from({ length: EACH }, () => made(change))
  return {
    bad: [
      ...times((row) => JSON.stringify(row).slice(0, 100)),
      ...times((row) => ({ ...row, amount_usd: null })),
      ...times((row) => ({ ...row, transaction_type: 'GIFT' })),
      ...times((row) => ({ ...row, status: 'LOST' })),
      ...times((row) => ({ ...row, risk_level: 'EXTREME' })),
      ...times((row) => ({ ...row, fee_amount: undefined })),
      ...times((row) => ({ ...row, compliance_flags: [['HIGH_RISK'], ['HIGH_VALUE']] })),
      ...times((row) =>
        JSON.stringify({ ...row, __op: 0 }).replace('"__op":0', `"__op":${'['.repeat(9_000)}${']'.repeat(9_000)}`),
      ),
      // Larger than what its dead letter may be.
      made((row) => ({ ...row, amount_usd: '9'.repeat(3_500_000) })),
    ],
    good: [
      ...times((row) => ({ ...row, loyalty_points: 12 })),
      ...times((row) => ({ ...row, amount_usd: '36.00000' })),
      ...times((row) => ({ ...row, mcc: undefined, amount: undefined, ip_address: undefined })),
    ],
    ignored: [
      ...times(() => null),
      ...times((row) => ({ ...row, __op: 'u', status: 'FAILED' })),
      ...times((row) => ({ transaction_id: row['transaction_id'], __op: 'd', __deleted: 'true' })),
      ...times((row) => ({ ...row, __op: 'c' })).map((record) => ({ ...record, headers: MOVED })),
    ],
  }
}

test('no record stops a task: each is counted, or in the dead letters, or ignored, with its reason', async () => {
  const random = new Random(SEED)
  const stream = new TransactionStream({
    seed: SEED,
    transactions: GOOD,
    customers: 60,
    startMs: Date.UTC(2026, 0, 5, 3),
  })
  const produced: ToProduce[] = []
  const perRecord = (MUTATED + 1) / GOOD
  let mutated = 0
  const hands = { bad: 0, good: 0, ignored: 0 }
  let goodOnes = 0
  for (const record of stream.records()) {
    produced.push(record)
    goodOnes += 1
    if (mutated < MUTATED && random.chance(perRecord * 1.1)) {
      const { partition, row } = stream.another()
      const mutation = MUTATIONS[mutated % MUTATIONS.length] ?? 'byte flips'
      produced.push({ ...stream.produced(partition, row), value: mutate(random, mutation, row) })
      mutated += 1
    }
    if (goodOnes === GOOD / 4) {
      const { bad, good, ignored } = handMade(stream)
      Object.assign(hands, { bad: bad.length, good: good.length, ignored: ignored.length })
      produced.push(...bad, ...good, ...ignored)
    }
  }
  produced.push(...stream.moveOn(3 * HOURS_MS))
  expect(mutated).toBe(MUTATED)
  const before = processInfo(stack, 'processor')

  await produce(stack, produced)
  const verification = await verifyWhenSettled(stack, { tables: false, withinMs: 120_000 })

  expect(verification.topics.filter((comparison) => !isFlawless(comparison))).toEqual([])
  expect(verification.ok).toBe(true)
  const { source } = verification
  expect(source.records).toBe(produced.length)
  expect(source.malformed).toBeGreaterThan(hands.bad + MUTATED / 10)
  expect(source.ignored).toMatchObject({ tombstone: EACH, moved: EACH })
  expect(source.ignored.update + source.ignored.delete).toBeGreaterThanOrEqual(2 * EACH)
  expect(processInfo(stack, 'processor')).toEqual(before)

  const metrics = await metricsOf(stack.ports.processorMetrics)
  const sum = (name: string, label = ''): number =>
    [...metrics].reduce(
      (total, [sample, n]) => (sample.startsWith(name) && sample.includes(label) ? total + n : total),
      0,
    )
  expect({
    counted: sum('processor_counted_total'),
    duplicates: sum('processor_skipped_total', 'reason="duplicate"'),
    malformed: sum('processor_dead_lettered_total'),
    beyondHorizon: sum('processor_late_total', 'job="*"'),
    update: sum('processor_skipped_total', 'reason="update"'),
    delete: sum('processor_skipped_total', 'reason="delete"'),
    moved: sum('processor_skipped_total', 'reason="moved"'),
    tombstone: sum('processor_skipped_total', 'reason="tombstone"'),
    taskFailures: sum('processor_task_failures_total'),
  }).toEqual({
    counted: source.counted,
    duplicates: source.duplicates,
    malformed: source.malformed,
    beyondHorizon: source.beyondHorizon,
    ...source.ignored,
    taskFailures: 0,
  })
})
