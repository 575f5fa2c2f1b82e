import { analyticsTopic, DEAD_LETTER_TOPIC, minutes, RESULTS } from '@fintech-streams/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import { builtInJobs, loadRules } from '@fintech-streams/jobs'
import { checkpointOf, takeOutputs } from '@fintech-streams/testing'
import { isWindowJob } from './job.ts'
import { MergeOperator } from './merge-operator.ts'
import { type Output } from '@fintech-streams/records'
import { type PartialMessage } from './partials.ts'
import { encodeState } from './state-codec.ts'

const jobs = builtInJobs(loadRules())
const dashboard = jobs.filter(isWindowJob).find(({ id }) => id === 'dashboard_metrics')!
const START_MS = Date.UTC(2026, 10, 20, 12)
const topic = analyticsTopic('dashboard_metrics')

let operator: MergeOperator
let offset: number
let outputs: Output[]

beforeEach(() => {
  operator = create()
  offset = 0
  outputs = []
})

function create(): MergeOperator {
  return new MergeOperator({ jobs, partition: 0, sourcePartitions: 2 })
}

function hear(message: PartialMessage | string): void {
  const value = Buffer.from(typeof message === 'string' ? message : encodeState(message))
  operator.process({ offset, timestampMs: 0, key: null, value })
  offset += 1
  outputs.push(...takeOutputs(operator))
}

const share = (source: number, count: number, startMs = START_MS): PartialMessage => ({
  type: 'partial',
  source,
  job: 'dashboard_metrics',
  key: 'PURCHASE',
  startMs,
  count,
  acc: dashboard.aggregate.create(),
})
const watermark = (source: number, watermarkMs: number): PartialMessage => ({ type: 'watermark', source, watermarkMs })
const empty = (source: number): PartialMessage => ({ type: 'empty', source })
const counts = () =>
  outputs
    .filter((output) => output.topic === topic)
    .map(({ value }) => (JSON.parse(value) as { transaction_count: number }).transaction_count)

describe('a window of a shared key', () => {
  it('is written once, when every source has passed it', () => {
    hear(share(0, 2))
    hear(watermark(0, START_MS + minutes(1)))
    expect(counts()).toEqual([])
    hear(share(1, 3))
    hear(watermark(1, START_MS + minutes(1)))
    hear(watermark(0, START_MS + minutes(2)))
    hear(watermark(1, START_MS + minutes(2)))
    expect(counts()).toEqual([5])
    expect(Object.keys(JSON.parse(outputs[0]!.value) as object)).toEqual(Object.keys(RESULTS.dashboard_metrics.fields))
  })

  it('waits for a source that was not heard of', () => {
    hear(share(0, 2))
    hear(watermark(0, START_MS + minutes(30)))
    expect(counts()).toEqual([])
  })

  it('does not wait for a source that stays empty longer than an idle one would', () => {
    hear(share(0, 2))
    hear(watermark(0, START_MS + minutes(1)))
    hear(empty(1))
    expect(counts()).toEqual([])
    hear(empty(1))
    expect(counts()).toEqual([2])
  })

  it('is written again, whole, when a source that had been empty sends its share after all', () => {
    hear(share(0, 2))
    hear(watermark(0, START_MS + minutes(1)))
    hear(empty(1))
    hear(empty(1))
    hear(share(1, 3))
    expect(counts()).toEqual([2, 5])
  })

  it('is not overwritten by a share that comes after it was forgotten', () => {
    hear(share(0, 2))
    for (const source of [0, 1]) hear(watermark(source, START_MS + minutes(16)))
    expect(operator.stateEntries).toBe(0)
    hear(share(1, 3))
    expect(counts()).toEqual([2])
    expect(outputs.at(-1)).toMatchObject({ topic: DEAD_LETTER_TOPIC })
    expect(outputs.at(-1)!.value).toContain('window_expired')
  })
})

it('sends what is no message of stage 1 to the dead-letter topic', () => {
  hear('nonsense')
  hear('{"type":"other"}')
  expect(outputs.map(({ topic: to }) => to)).toEqual([DEAD_LETTER_TOPIC, DEAD_LETTER_TOPIC])
})

it('restores in the middle of a window and writes the same', () => {
  hear(share(0, 2))
  hear(watermark(0, START_MS + minutes(1)))
  const changelog = new Map(checkpointOf(operator, offset).map(({ key, value }) => [key, value!]))
  operator = create()
  expect(operator.restore(changelog)).toEqual({ offset, relearnFromOffset: offset })
  expect(operator.openWindows).toBe(1)
  hear(share(1, 3))
  hear(watermark(1, START_MS + minutes(1)))
  expect(counts()).toEqual([5])
  expect(operator.openWindows).toBe(0)
})
