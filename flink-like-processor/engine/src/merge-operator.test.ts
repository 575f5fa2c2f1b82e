import { analyticsTopic, DEAD_LETTER_TOPIC, minutes } from '@fintech-streams/contracts'
import { checkpointOf, restoreFrom, type TakenOutput, takeOutputs } from '@fintech-streams/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { MergeOperator } from './merge-operator.ts'
import { type SourceEmpty, type SourceWatermark } from './partials.ts'
import { bySite, jobs } from './testing/readings.ts'

const START_MS = Date.UTC(2026, 10, 20, 12)
const topic = analyticsTopic('by_site')

let operator: MergeOperator
let offset: number
let outputs: TakenOutput[]

beforeEach(() => {
  operator = create()
  offset = 0
  outputs = []
})

function create(): MergeOperator {
  return new MergeOperator({ jobs, partition: 0, sourcePartitions: 2 })
}

function process(message: object | string): void {
  const value = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
  operator.process({ offset, timestampMs: 0, key: null, value })
  offset += 1
  outputs.push(...takeOutputs(operator))
}

/** As a program of state version 3 sent it; what this one sends is in the tests of both stages. */
const share = (source: number, count: number, startMs = START_MS) => ({
  type: 'partial',
  source,
  job: 'by_site',
  key: 's-1',
  startMs,
  count,
  acc: { sum: 7, values: [['7', 1]] },
  keys: { unique: 1, returning: 0, top: [[`m-${source}`, 1]] },
})
const watermark = (source: number, watermarkMs: number): SourceWatermark => ({ type: 'watermark', source, watermarkMs })
const empty = (source: number): SourceEmpty => ({ type: 'empty', source })
const results = () =>
  outputs
    .filter((output) => output.topic === topic)
    .map(({ value }) => JSON.parse(value) as { transaction_count: number; meters: number })
const counts = () => results().map((result) => result.transaction_count)
const closeAt = (watermarkMs: number) => [0, 1].forEach((source) => process(watermark(source, watermarkMs)))
const lettersOf = (reason: string) =>
  outputs.filter(({ topic: to, value }) => to === DEAD_LETTER_TOPIC && value.includes(`"reason":"${reason}"`))

/** Goes on with an operator that has nothing but the changelog. */
function recover(edit = (_key: string, value: Buffer) => value): void {
  const changelog = new Map(checkpointOf(operator, offset).map(({ key, value }) => [key, edit(key, value!)]))
  operator = create()
  expect(restoreFrom(operator, changelog)).toEqual({ offset })
}

describe('a window of a shared key', () => {
  it('is written once, when every source has passed it', () => {
    process(share(0, 2))
    process(watermark(0, START_MS + minutes(1)))
    expect(counts()).toEqual([])
    process(share(1, 3))
    process(watermark(1, START_MS + minutes(1)))
    closeAt(START_MS + minutes(2))
    expect(results()).toMatchObject([{ transaction_count: 5, meters: 2 }])
    expect(Object.keys(results()[0]!)).toEqual(Object.keys(bySite.result.fields))
  })

  it('waits for a source that was not heard of', () => {
    process(share(0, 2))
    process(watermark(0, START_MS + minutes(30)))
    expect(counts()).toEqual([])
  })

  it('does not wait for a source that stays empty longer than an idle one would', () => {
    process(share(0, 2))
    process(watermark(0, START_MS + minutes(1)))
    process(empty(1))
    expect(counts()).toEqual([])
    process(empty(1))
    expect(counts()).toEqual([2])
  })

  it('is written again, whole, when a source that had been empty sends its share after all', () => {
    process(share(0, 2))
    process(watermark(0, START_MS + minutes(1)))
    process(empty(1))
    process(empty(1))
    process(share(1, 3))
    expect(counts()).toEqual([2, 5])
  })

  it('is not overwritten by a share that comes after it was forgotten', () => {
    process(share(0, 2))
    closeAt(START_MS + minutes(16))
    expect(operator.stateEntries).toBe(0)
    process(share(1, 3))
    expect(counts()).toEqual([2])
    expect(lettersOf('window_expired')).toHaveLength(1)
  })
})

describe('a share that stage 1 sends again', () => {
  it('is known, before and after the window is written', () => {
    process(share(0, 2))
    process(share(0, 2))
    process(share(1, 3))
    closeAt(START_MS + minutes(1))
    process(share(1, 3))
    process(share(0, 2))
    expect(counts()).toEqual([5])
    expect(operator.takeCounts().skipped).toEqual(new Map([['repeated_partial', 3]]))
  })

  it('is known after a recovery', () => {
    process(share(0, 2))
    recover()
    process(share(0, 2))
    process(share(1, 3))
    closeAt(START_MS + minutes(1))
    expect(results()).toMatchObject([{ transaction_count: 5, meters: 2 }])
  })

  it('is another one for each window, key and job', () => {
    process(share(0, 2))
    process(share(0, 2, START_MS + minutes(1)))
    process({ ...share(0, 2), key: 's-2' })
    process({ ...share(0, 2), job: 'by_hour', key: 12, startMs: START_MS })
    closeAt(START_MS + minutes(60))
    expect(counts()).toEqual([2, 2, 2])
    expect(operator.takeCounts().skipped).toEqual(new Map())
  })

  it('is not known of a window that version 2 saved, which did not say whose shares it has', () => {
    process(share(0, 2))
    const row = [START_MS, 2, false, { sum: 7, values: [['7', 1]] }, { unique: 1, returning: 0, top: [] }]
    const old = JSON.stringify({ v: 2, job: 'by_site', key: 's-1', w: [row] })
    recover((key, value) => (key === 'm/by_site/s-1' ? Buffer.from(old) : value))
    process(share(0, 2))
    process(share(1, 3))
    process(share(1, 3))
    closeAt(START_MS + minutes(1))
    expect(counts()).toEqual([7])
  })
})

describe('what is no message of stage 1', () => {
  const partial = share(0, 2)

  it.each([
    'nonsense',
    '7',
    'null',
    '[]',
    '{"type":"other","source":0}',
    { type: 'watermark', source: 0 },
    { type: 'watermark', source: -1, watermarkMs: 0 },
    { type: 'empty', source: 'first' },
    { ...partial, source: 1.5 },
    { ...partial, job: null },
    { ...partial, key: {} },
    { ...partial, startMs: 'now' },
    { ...partial, count: -1 },
    { ...partial, acc: [] },
    { ...partial, acc: { values: [['1']] } },
    { ...partial, acc: { values: { '1': 2 } } },
    { ...partial, acc: { sum: { deep: true } } },
    { ...partial, acc: { sum: 'much' } },
    { ...partial, keys: { unique: 'many' } },
    { ...partial, keys: 7 },
  ])('goes to the dead-letter topic and changes nothing: %j', (message) => {
    process(message)
    process(share(1, 3))
    closeAt(START_MS + minutes(1))
    expect(lettersOf('bad_partial')).toHaveLength(1)
    expect(counts()).toEqual([3])
  })

  it('is not what a program of state version 2 wrote', () => {
    const { keys, ...old } = share(0, 2)
    process({ ...old, customers: keys })
    closeAt(START_MS + minutes(1))
    expect(results()).toMatchObject([{ transaction_count: 2, meters: 1 }])
  })
})

it('restores in the middle of a window and writes the same', () => {
  process(share(0, 2))
  process(watermark(0, START_MS + minutes(1)))
  recover()
  expect(operator.openWindows).toBe(1)
  process(share(1, 3))
  process(watermark(1, START_MS + minutes(1)))
  expect(results()).toMatchObject([{ transaction_count: 5, meters: 2 }])
  expect(operator.openWindows).toBe(0)
})
