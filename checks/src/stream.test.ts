import { ANOMALY_TYPES, FRAUD_VERDICTS, JOB_IDS } from '@fintech-streams/contracts'
import { expect, test } from 'vitest'
import { PartitionIntake } from './oracle/intake.ts'
import { expectedLate, expectedResults } from './oracle/recompute.ts'
import { MUTATIONS, mutate } from './mutations.ts'
import { Random } from './random.ts'
import { CONTRACT_RULES as RULES, record } from './rows.ts'
import { TransactionStream } from './stream.ts'

const options = { seed: 1, transactions: 4_000, customers: 60, startMs: Date.UTC(2026, 0, 5, 3) }

function intakesOf(stream: TransactionStream): PartitionIntake[] {
  const intakes = Array.from({ length: 4 }, (_, partition) => new PartitionIntake(partition))
  for (const { partition, value } of [...stream.records(), ...stream.moveOn(3 * 3_600_000)]) {
    intakes[partition]?.add({ ...record(0, value), partition })
  }
  return intakes
}

test('a seed repeats the stream', () => {
  const values = (seed: number) =>
    [...new TransactionStream({ ...options, seed }).records()].map(({ value }) => value?.toString()).join()
  expect(values(1)).toBe(values(1))
  expect(values(2)).not.toBe(values(1))
})

test('the stream makes every rule fire and every kind of late record, and closes its windows', () => {
  const intakes = intakesOf(new TransactionStream(options))
  const values = (job: (typeof JOB_IDS)[number], field: string) =>
    new Set([...expectedResults(job, intakes, RULES)].map(({ value }) => value[field]))
  expect(values('fraud_detection', 'verdict')).toEqual(new Set(FRAUD_VERDICTS))
  expect(values('anomaly_detection', 'anomaly_type')).toEqual(new Set(ANOMALY_TYPES))
  expect(values('compliance_monitoring', 'requires_review')).toEqual(new Set([true, false]))
  expect(values('merchant_analysis', 'average_transaction_value')).toContain(null)
  const late = [...expectedLate(intakes)].map(({ value }) => value['job'])
  expect(new Set(late)).toEqual(new Set(['*', ...JOB_IDS.filter((job) => !/^(fraud|anomaly)_/.test(job))]))
  expect(intakes.every(({ duplicates }) => duplicates > 0)).toBe(true)
  expect(intakes.every(({ malformed }) => malformed.length === 0)).toBe(true)
  const required = [...expectedResults('time_pattern', intakes, RULES)].filter((expected) => expected.required)
  expect(required.length).toBeGreaterThan(1)
})

test.each(MUTATIONS)('%s leave some records good and make others malformed', (mutation) => {
  const random = new Random(7)
  const stream = new TransactionStream(options)
  const intake = new PartitionIntake(0)
  for (let n = 0; n < 300; n += 1) intake.add(record(n, mutate(random, mutation, stream.another().row)))
  expect(intake.malformed.length).toBeGreaterThan(30)
  expect(intake.counted.length).toBeGreaterThan(30)
})
