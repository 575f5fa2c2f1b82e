import { PARTIALS_TOPIC } from '@fintech-streams/contracts'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MergeOperator, type Operator, SourceOperator, STATE_VERSION } from '@fintech-streams/engine'
import { type SourceRecord, type WrittenRecord } from '@fintech-streams/records'
import { builtInJobs, loadRules, transactionStream } from '@fintech-streams/jobs'
import { checkpointOf, restoreFrom, type TakenOutput, takeOutputs } from '@fintech-streams/testing'
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

const asRecord = (offset: number, value: string | Buffer): SourceRecord => ({
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.from(value as string),
})
const sourceRecords = goldenStream().map((row, offset) => asRecord(offset, JSON.stringify(row)))

function outputsOf(operator: Operator, records: readonly SourceRecord[]): TakenOutput[] {
  for (const record of records) operator.process(record)
  return takeOutputs(operator)
}

const partialsOf = (outputs: readonly TakenOutput[]) => outputs.filter(({ topic }) => topic === PARTIALS_TOPIC)
const asPartialRecords = (outputs: readonly TakenOutput[], first: number) =>
  partialsOf(outputs).map(({ bytes }, at) => asRecord(first + at, bytes))
/** Binary values in base64, which no JSON begins as. */
const saved = (entries: readonly WrittenRecord[]) =>
  Object.fromEntries(
    entries.flatMap(({ key, value }) =>
      value === null ? [] : [[key, isText(value) ? value.toString() : value.toString('base64')]],
    ),
  )
const isText = (value: Buffer): boolean => value[0] === 0x7b || value[0] === 0x5b
const read = (state: Record<string, string>, version: number): Map<string, Buffer> =>
  new Map(
    Object.entries(state).map(([key, value]) => [
      key,
      version < 4 || /^[[{]/.test(value) ? Buffer.from(value) : Buffer.from(value, 'base64'),
    ]),
  )
const unordered = (outputs: readonly TakenOutput[]) => outputs.map((output) => JSON.stringify(output)).sort()

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
  const version = Number(/\d+/.exec(file)![0])
  const state = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as SavedState

  it('stage 1 restores, and goes on as if nothing had happened', () => {
    const source = createSource()
    const position = restoreFrom(source, read(state.source, version))
    expect(position?.offset).toBe(CHECKPOINT_AT)
    const outputs = outputsOf(source, sourceRecords.slice(CHECKPOINT_AT))
    expect(unordered(outputs.filter(isResult))).toEqual(unordered(straight.sourceOutputs.filter(isResult)))
  })

  it('stage 2 restores, and goes on as if nothing had happened', () => {
    const merge = createMerge()
    restoreFrom(merge, read(state.merge, version))
    expect(unordered(outputsOf(merge, straight.after))).toEqual(unordered(straight.mergeOutputs))
  })
})

it('state of the version that this program writes is kept', () => {
  expect(existsSync(current)).toBe(true)
})

const isResult = ({ topic }: TakenOutput): boolean => topic !== PARTIALS_TOPIC
