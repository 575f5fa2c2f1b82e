import { PARTIALS_TOPIC } from '@fintech-streams/contracts'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MergeOperator, type Operator, SourceOperator, STATE_VERSION } from '@fintech-streams/engine'
import { type SourceRecord, type Output, type Entry } from '@fintech-streams/records'
import { builtInJobs, loadRules, transactionStream } from '@fintech-streams/jobs'
import { checkpointOf, takeOutputs } from '@fintech-streams/testing'
import { CONTRACT_RULES_FILE } from './contract-rules.ts'
import { goldenStream } from './golden-stream.ts'

/** State as each version since 2 wrote it, in the middle of the golden stream: it must restore for ever. */
const FOLDER = new URL('./golden/', import.meta.url)
const CHECKPOINT_AT = 1_500

const jobs = builtInJobs(loadRules(CONTRACT_RULES_FILE))
const createSource = () => new SourceOperator({ ...transactionStream(), jobs, partition: 0, outputPartitions: 1 })
const createMerge = () => new MergeOperator({ jobs, partition: 0, sourcePartitions: 1 })

interface SavedState {
  source: Record<string, string>
  merge: Record<string, string>
}

const asRecord = (offset: number, value: string): SourceRecord => ({
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.from(value),
})
const sourceRecords = goldenStream().map((row, offset) => asRecord(offset, JSON.stringify(row)))

function outputsOf(operator: Operator, records: readonly SourceRecord[]): Output[] {
  for (const record of records) operator.process(record)
  return takeOutputs(operator)
}

const partialsOf = (outputs: readonly Output[]) => outputs.filter(({ topic }) => topic === PARTIALS_TOPIC)
const asPartialRecords = (outputs: readonly Output[], first: number) =>
  partialsOf(outputs).map(({ value }, at) => asRecord(first + at, value))
const saved = (entries: readonly Entry[]) =>
  Object.fromEntries(entries.flatMap(({ key, value }) => (value === null ? [] : [[key, value]])))
const unordered = (outputs: readonly Output[]) => outputs.map((output) => JSON.stringify(output)).sort()

/** Both stages without a break, and the state they would have saved on the way. */
function straightRun() {
  const [source, merge] = [createSource(), createMerge()]
  const before = asPartialRecords(outputsOf(source, sourceRecords.slice(0, CHECKPOINT_AT)), 0)
  outputsOf(merge, before)
  const state: SavedState = {
    source: saved(checkpointOf(source, CHECKPOINT_AT)),
    merge: saved(checkpointOf(merge, before.length)),
  }
  const sourceOutputs = outputsOf(source, sourceRecords.slice(CHECKPOINT_AT))
  const after = asPartialRecords(sourceOutputs, before.length)
  return { state, sourceOutputs, after, mergeOutputs: outputsOf(merge, after) }
}

const straight = straightRun()
const current = new URL(`state-v${STATE_VERSION}.json`, FOLDER)
if (process.env['UPDATE_GOLDEN'] === '1' && !existsSync(current)) {
  writeFileSync(current, `${JSON.stringify(straight.state, null, 1)}\n`)
}

describe.each(readdirSync(FOLDER))('%s', (file) => {
  const state = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as SavedState

  it('stage 1 restores, and goes on as if nothing had happened', () => {
    const source = createSource()
    const position = source.restore(new Map(Object.entries(state.source)))
    expect(position?.offset).toBe(CHECKPOINT_AT)
    const outputs = outputsOf(source, sourceRecords.slice(CHECKPOINT_AT))
    expect(unordered(outputs.filter(isResult))).toEqual(unordered(straight.sourceOutputs.filter(isResult)))
  })

  it('stage 2 restores, and goes on as if nothing had happened', () => {
    const merge = createMerge()
    merge.restore(new Map(Object.entries(state.merge)))
    expect(unordered(outputsOf(merge, straight.after))).toEqual(unordered(straight.mergeOutputs))
  })
})

it('state of the version that this program writes is kept', () => {
  expect(existsSync(current)).toBe(true)
})

const isResult = ({ topic }: Output): boolean => topic !== PARTIALS_TOPIC
