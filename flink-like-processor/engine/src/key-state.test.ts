import { minutes } from '@fintech-streams/contracts'
import { ByteWriter } from '@fintech-streams/records'
import { checkpointOf } from '@fintech-streams/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWindowJob } from './job.ts'
import { KeyState } from './key-state.ts'
import { KEY_PREFIX } from './key-states.ts'
import { SourceOperator } from './source-operator.ts'
import { features, jobs, reading, readings, START_MS } from './testing/readings.ts'
import { isClosed } from './watermark.ts'

const windowJobs = new Map(jobs.filter(isWindowJob).map((job) => [job.id, job]))

interface Saved {
  t: number
  p?: unknown
  w: [jobId: string, startMs: number, ...unknown[]][]
  c: [jobId: string, startMs: number, ...unknown[]][]
}

/** A key's entry after some events. Late ones are left out by the operator. */
function savedAfter(atMinutes: readonly number[], site: string, run = jobs): string {
  const operator = new SourceOperator({ ...readings(), jobs: run, partition: 0, outputPartitions: 1 })
  for (const [offset, minute] of atMinutes.entries()) {
    const value = JSON.stringify(reading(offset, START_MS + minutes(minute), { site }))
    operator.process({ offset, timestampMs: 0, key: null, value: Buffer.from(value) })
  }
  return checkpointOf(operator, atMinutes.length).find(({ key }) => key.startsWith(KEY_PREFIX))!.value!
}

function restored(encoded: string, watermarkMs: number) {
  const { source, counts } = KeyState.restore('id', encoded, windowJobs, features, watermarkMs)
  const bytes = new ByteWriter()
  source.write(bytes, features)
  return { source, counts, saved: JSON.parse(bytes.bytes.toString('utf8', 0, bytes.length)) as Saved }
}

const times = fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 20 })
const sites = fc.oneof(fc.constantFrom('north', ',"w":[', '"],"w":[{"p":'), fc.string({ minLength: 1 }))

test('whatever is closed at the watermark is left out, and nothing else', () => {
  fc.assert(
    fc.property(times, sites, fc.integer({ min: -10, max: 300 }), (atMinutes, site, watermarkMinute) => {
      const encoded = savedAfter(atMinutes, site)
      const watermarkMs = START_MS + minutes(watermarkMinute)
      const { counts, saved } = restored(encoded, watermarkMs)
      const all = JSON.parse(encoded) as Saved
      const isOpen = ([jobId, startMs]: readonly [string, number, ...unknown[]]) =>
        !isClosed(startMs, windowJobs.get(jobId)!.window.sizeMs, watermarkMs)
      expect(saved).toEqual({ ...all, w: all.w.filter(isOpen), c: [] })
      expect(counts.filter(isOpen)).toEqual(all.c.filter(isOpen))
    }),
  )
})

test('a key without features has none afterwards', () => {
  const encoded = savedAfter([1], 'north', jobs.filter(isWindowJob))
  const { source, saved } = restored(encoded, START_MS + minutes(300))
  expect(source.features).toBeUndefined()
  expect(saved).toEqual({ ...(JSON.parse(encoded) as Saved), w: [], c: [] })
})
