/**
 * Where a record's time goes inside the processor, by step: everything but the network, in one thread, over the
 * transactions of one partition. Each step is measured with all before it, and the difference is its own.
 *
 * node bench/steps.ts --records 250000
 * node --cpu-prof --cpu-prof-dir=.data/bench bench/steps.ts --runs 1     # then open the profile in a browser's tools
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { setFlagsFromString } from 'node:v8'
import { addSettings, createProgram, number, runProgram, valuesOf } from '@fintech-streams/service'
import { minutes, PARTIALS_TOPIC, transactionDecoder } from '@fintech-streams/contracts'
import { isEventJob, isWindowJob, MergeOperator, SourceOperator } from '@fintech-streams/engine'
import { type SourceRecord, BLOCK_BYTES, takeBlock, RecordBuffer } from '@fintech-streams/records'
import { builtInJobs, loadRules, type TransactionsJob, transactionStream } from '@fintech-streams/jobs'
import { committedRecords, encodeBatch } from '@fintech-streams/kafka'
import { benchFolder } from './src/bench-stack.ts'
import { markdown, median, oneDigit } from './src/figures.ts'
import { keyOf, prefillFile } from './src/prefill.ts'

const SPAN_MS = minutes(60)
const SKEW = 0.8
const RECORDS_PER_BATCH = 500
const RECORDS_PER_COMMIT = 10_000
const RECORDS_PER_CHECKPOINT = 100_000
const room = takeBlock(BLOCK_BYTES)
const IDENTITY = { producerId: 1n, producerEpoch: 0, firstSequence: 0, timestampMs: 0 }

// As a worker does: docs/adr/0010.
setFlagsFromString('--external-memory-accounted-in-global-limit')

const settings = {
  records: number({ default: 250_000, min: 1_000, max: 10_000_000, integer: true, help: 'transactions' }),
  customers: number({ default: 25_000, min: 1, max: 10_000_000, integer: true, help: 'customers' }),
  runs: number({ default: 3, min: 1, max: 100, integer: true, help: 'runs of every step' }),
}

const program = createProgram('steps', 'Microseconds per record by step')
addSettings(program, settings).action(async () => {
  const { records, customers, runs } = valuesOf(program, settings)
  const workload = { transactions: records, customers, skew: SKEW, stepMs: SPAN_MS / records }
  const path = await prefillFile(benchFolder(), { seed: 1, workloads: [workload], closes: true })
  const source = await batchesOf(path)
  const rows = steps(source).map(({ name, run }) => ({ name, microseconds: measured(run, records, runs) }))
  const lines = rows.map(({ name, microseconds }, at) => {
    const own = name.startsWith('+') ? microseconds - rows[at - 1]!.microseconds : microseconds
    return [name, oneDigit(own), oneDigit(microseconds)]
  })
  console.log(markdown([['step', 'its own, µs a record', 'with all before it'], ...lines]))
})
await runProgram(program)

/** The rows as a broker keeps them. */
async function batchesOf(path: string): Promise<Buffer[]> {
  const batches: Buffer[] = []
  const waiting = new RecordBuffer()
  let offset = 0
  const flush = (): void => {
    for (const block of waiting.blocks()) {
      const batch = encodeBatch(block, IDENTITY)
      batch.writeBigInt64BE(BigInt(offset), 0)
      offset += block.count
      batches.push(batch)
    }
    waiting.clear()
  }
  for await (const line of createInterface({ input: createReadStream(path) })) {
    waiting.add({ key: keyOf(line).toString(), value: line })
    if (waiting.count === RECORDS_PER_BATCH) flush()
  }
  if (waiting.count > 0) flush()
  return batches
}

function steps(source: readonly Buffer[]): { name: string; run: () => void }[] {
  const jobs = builtInJobs(loadRules())
  const judging = jobs.filter(isEventJob)
  const ofCustomers = jobs.filter((job) => isWindowJob(job) && job.isLocal)
  const decode = transactionDecoder()
  const partials = partialsOf(source, jobs)
  return [
    { name: 'taking records out of batches', run: () => each(source, () => undefined) },
    { name: '+ decoding and checking', run: () => each(source, decode) },
    { name: '+ duplicates, watermark, customers', run: () => stage1(source, []) },
    { name: '+ verdict and anomaly of each', run: () => stage1(source, judging) },
    { name: '+ four jobs with windows by customer', run: () => stage1(source, [...judging, ...ofCustomers]) },
    { name: '+ four jobs with shared windows', run: () => stage1(source, jobs) },
    { name: '+ encoding what is written', run: () => stage1(source, jobs, { encodes: true }) },
    { name: '+ checkpoints', run: () => stage1(source, jobs, { encodes: true, checkpoints: true }) },
    { name: 'stage 2', run: () => stage2(partials, jobs) },
  ]
}

function each(source: readonly Buffer[], visit: (record: SourceRecord) => void): void {
  for (const batch of source) for (const record of committedRecords('steps/0', batch, [], 0).records) visit(record)
}

type Stage1 = ReturnType<typeof createStage1>
function createStage1(jobs: readonly TransactionsJob[]) {
  return new SourceOperator({ ...transactionStream(), jobs, partition: 0, outputPartitions: 1 })
}

/** @returns what it wrote last, before a commit took it. */
function stage1(
  source: readonly Buffer[],
  jobs: readonly TransactionsJob[],
  { encodes = false, checkpoints = false, onCommit = (_: Stage1): void => undefined } = {},
): void {
  const operator = createStage1(jobs)
  const changelog = new RecordBuffer()
  let processed = 0
  each(source, (record) => {
    operator.process(record)
    processed += 1
    if (checkpoints && processed % RECORDS_PER_CHECKPOINT === 0) operator.checkpoint(processed, changelog)
    if (processed % RECORDS_PER_COMMIT !== 0) return
    if (encodes) for (const { records } of operator.outputs.partitions()) encode(records)
    encode(changelog)
    onCommit(operator)
    operator.outputs.clear()
    changelog.clear()
    operator.takeCounts()
  })
}

/** Into the same room again, as the producer does. */
function encode(records: RecordBuffer): void {
  for (const block of records.blocks()) encodeBatch(block, IDENTITY, room.bytes)
}

/** What stage 1 tells stage 2. */
function partialsOf(source: readonly Buffer[], jobs: readonly TransactionsJob[]): SourceRecord[] {
  const partials: SourceRecord[] = []
  const onCommit = ({ outputs }: Stage1): void => {
    for (const { value } of outputs.to(PARTIALS_TOPIC, 0)) {
      partials.push({ offset: partials.length, timestampMs: 0, key: null, value })
    }
  }
  stage1(source, jobs, { onCommit })
  return partials
}

function stage2(partials: readonly SourceRecord[], jobs: readonly TransactionsJob[]): void {
  const operator = new MergeOperator({ jobs, partition: 0, sourcePartitions: 1 })
  for (const record of partials) operator.process(record)
  operator.outputs.clear()
}

/** The median of several runs, in microseconds of this thread and the collector's a record. */
function measured(run: () => void, records: number, runs: number): number {
  run() // Compiled code from here on.
  const figures = Array.from({ length: runs }, () => {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / records
  })
  return median(figures)
}
