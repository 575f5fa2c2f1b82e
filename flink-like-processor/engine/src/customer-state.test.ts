import { minutes } from '@fintech-streams/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { BASE_TIME_MS, buildRow } from '@fintech-streams/testing'
import { CustomerState } from './customer-state.ts'
import { CUSTOMER_PREFIX } from './customer-windows.ts'
import { isWindowJob } from './job.ts'
import { ByteWriter, RecordBuffer } from '@fintech-streams/records'
import { SourceOperator } from './source-operator.ts'
import { isClosed } from './watermark.ts'

const jobs = builtInJobs(loadRules())
const windowJobs = new Map(jobs.filter(isWindowJob).map((job) => [job.id, job]))

interface Saved {
  t: number
  p?: unknown
  w: [jobId: string, startMs: number, ...unknown[]][]
  c: [jobId: string, startMs: number, ...unknown[]][]
}

/** A customer's entry after some transactions. Late ones are left out by the operator. */
function savedAfter(atMinutes: readonly number[], category: string, run = jobs): string {
  const operator = new SourceOperator({ jobs: run, sourceTopic: 't', partition: 0, outputPartitions: 1 })
  for (const [offset, minute] of atMinutes.entries()) {
    const createdAt = new Date(BASE_TIME_MS + minutes(minute)).toISOString()
    const row = buildRow({
      transaction_id: `00000000-0000-4000-8000-${String(offset).padStart(12, '0')}`,
      merchant_category: category,
      created_at: createdAt,
    })
    operator.process({ offset, timestampMs: 0, key: null, value: Buffer.from(JSON.stringify(row)) })
  }
  const changelog = new RecordBuffer()
  operator.checkpoint(atMinutes.length, changelog)
  return [...changelog].find(({ key }) => key.startsWith(CUSTOMER_PREFIX))!.value!
}

function asJson(customer: CustomerState): Saved {
  const bytes = new ByteWriter()
  customer.write(bytes)
  return JSON.parse(bytes.bytes.toString('utf8', 0, bytes.length)) as Saved
}

const times = fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 20 })
const categories = fc.oneof(fc.constantFrom('FUEL', ',"w":[', '"],"w":[{"p":'), fc.string({ minLength: 1 }))

test('whatever is closed at the watermark is left out, and nothing else', () => {
  fc.assert(
    fc.property(times, categories, fc.integer({ min: -10, max: 300 }), (atMinutes, category, watermarkMinute) => {
      const encoded = savedAfter(atMinutes, category)
      const watermarkMs = BASE_TIME_MS + minutes(watermarkMinute)
      const { customer, counts } = CustomerState.restore('id', encoded, windowJobs, watermarkMs)
      const all = JSON.parse(encoded) as Saved
      const isOpen = ([jobId, startMs]: readonly [string, number, ...unknown[]]) =>
        !isClosed(startMs, windowJobs.get(jobId)!.window.sizeMs, watermarkMs)
      expect(asJson(customer)).toEqual({ ...all, w: all.w.filter(isOpen), c: [] })
      expect(counts.filter(isOpen)).toEqual(all.c.filter(isOpen))
    }),
  )
})

test('a customer without a pattern has none afterwards', () => {
  const encoded = savedAfter([1], 'FUEL', jobs.filter(isWindowJob))
  const { customer } = CustomerState.restore('id', encoded, windowJobs, BASE_TIME_MS + minutes(300))
  expect(customer.pattern).toBeUndefined()
  expect(asJson(customer)).toEqual({ ...(JSON.parse(encoded) as Saved), w: [], c: [] })
})
