import {
  COMPLIANCE_FLAGS,
  RISK_LEVELS,
  type Transaction,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
} from '@fintech-streams/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeState, isWindowJob } from '@fintech-streams/engine'
import { CONTRACT_RULES_FILE, aggregated } from '@fintech-streams/processor-testing'
import { ByteWriter } from '@fintech-streams/records'
import { buildTransaction, id } from '@fintech-streams/testing'
import { builtInJobs, loadRules } from './index.ts'
import { type TransactionWindowJob } from './window-job.ts'

const maybe = (...values: string[]) => fc.constantFrom(undefined, ...values)

/** Transactions of few values, so that they meet in one entry, and of amounts whose sums leave the safe integers. */
const transaction: fc.Arbitrary<Transaction> = fc
  .record({
    transactionId: fc.nat(1_000_000).map(id),
    customerId: fc.nat(3).map(id),
    merchantCategory: maybe('GROCERY', '__proto__'),
    type: fc.constantFrom(...TRANSACTION_TYPES),
    status: fc.constantFrom(...TRANSACTION_STATUSES),
    riskLevel: fc.constantFrom(...RISK_LEVELS),
    amountUsdMinor: fc.oneof(fc.nat(2_000_000), fc.maxSafeNat()),
    feeMinor: fc.nat(500),
    channel: maybe('POS', 'WEB'),
    city: maybe('Berlin', 'Hamburg'),
    deviceFingerprint: maybe('device-1', 'device-2'),
    isCrossBorder: fc.boolean(),
    complianceFlags: fc.subarray([...COMPLIANCE_FLAGS, 'UNKNOWN']),
  })
  .map(buildTransaction)
const transactions = fc.array(transaction, { maxLength: 12 })

/** An accumulator without regard to the order in which its entries came. */
const unordered = (acc: object): unknown =>
  Object.entries(JSON.parse(encodeState(acc)) as object).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.map((entry) => JSON.stringify(entry)).sort() : value,
  ])

const merged = (job: TransactionWindowJob, ...parts: (readonly Transaction[])[]): object => {
  const into = job.aggregate.create()
  for (const part of parts) job.aggregate.merge(into, aggregated(job, part))
  return into
}

/** What is read back of the bytes that were written, which are what `encodeState` says. */
function restored({ accumulators }: TransactionWindowJob, acc: object): object {
  const into = new ByteWriter()
  accumulators.write(into, acc)
  const written = into.bytes.toString('utf8', 0, into.length)
  expect(written).toBe(encodeState(acc))
  return accumulators.restore(JSON.parse(written))
}

const windowJobs = builtInJobs(loadRules(CONTRACT_RULES_FILE)).filter(isWindowJob)

describe.each(windowJobs.map((job) => [job.id, job] as const))('%s', (_id, job) => {
  it('merges parts into what the whole gives', () => {
    fc.assert(
      fc.property(transactions, transactions, (a, b) => {
        expect(encodeState(merged(job, a, b))).toBe(encodeState(aggregated(job, [...a, ...b])))
      }),
    )
  })

  it('merges in any order', () => {
    fc.assert(
      fc.property(transactions, transactions, (a, b) => {
        expect(unordered(merged(job, a, b))).toEqual(unordered(merged(job, b, a)))
      }),
    )
  })

  it('merges in any grouping', () => {
    fc.assert(
      fc.property(transactions, transactions, transactions, (a, b, c) => {
        const right = merged(job, b, c)
        const grouped = aggregated(job, a)
        job.aggregate.merge(grouped, right)
        expect(encodeState(grouped)).toBe(encodeState(merged(job, a, b, c)))
      }),
    )
  })

  it('goes on from restored state as if it had never been written', () => {
    fc.assert(
      fc.property(transactions, transactions, (before, after) => {
        const acc = aggregated(job, before)
        const copy = restored(job, acc)
        expect(copy).toStrictEqual(acc)
        for (const tx of after) {
          job.aggregate.add(acc, tx)
          job.aggregate.add(copy, tx)
        }
        expect(copy).toStrictEqual(acc)
      }),
    )
  })
})
