/**
 * Holds the results of the Flink jobs against the processor's, on one topic, every field: counts, texts and money
 * exactly, ratios within a relative 1e-9.
 *
 * npx node bench/equality.ts --records 20000
 */
import { availableParallelism } from 'node:os'
import { addSettings, createProgram, number, OperatingError, runProgram, valuesOf } from '@fintech-streams/service'
import { analyticsTopic, JOB_IDS, RESULTS, type JobId } from '@fintech-streams/contracts'
import { kafkaOf, type Stack, stopStack } from '@fintech-streams/local'
import { compare, type Found, isFlawless, resultOptions } from '@fintech-streams/checks'
import { KafkaLog } from '@fintech-streams/audit'
import {
  benchFolder,
  createFlinkTopics,
  deleteTopics,
  FLINK_PREFIX,
  FLINK_TOPICS,
  openBenchStack,
  startBroker,
} from './src/bench-stack.ts'
import { type Backend, buildFlink, runFlink } from './src/flink-run.ts'
import { closingMs, prefillFile, type PrefillOptions, produceFile } from './src/prefill.ts'
import { measureThroughput } from './src/processor-run.ts'

const EVERY_CORE = `0-${availableParallelism() - 1}`

const settings = {
  records: number({ default: 20_000, min: 100, max: 10_000_000, integer: true, help: 'transactions' }),
  customers: number({ default: 500, min: 1, max: 1_000_000, integer: true, help: 'customers' }),
}
const program = createProgram('equality', 'Flink and the processor over the same topic, every result compared')
addSettings(program, settings).action(async () => {
  const { records, customers } = valuesOf(program, settings)
  // Two hours whatever the number of records, so that every rule has something to find.
  const workload = { transactions: records, customers, skew: 0.8, stepMs: 7_200_000 / records, duplicateShare: 0.02 }
  await buildFlink()
  const stack = await openBenchStack('equality')
  try {
    await startBroker(stack, EVERY_CORE)
    await equality(stack, { seed: 7, workloads: [workload], closes: true })
  } finally {
    await stopStack(stack)
  }
})
await runProgram(program)

async function equality(stack: Stack, prefill: PrefillOptions): Promise<void> {
  const total = await produceFile(kafkaOf(stack, 'bench'), await prefillFile(benchFolder(), prefill))
  await measureThroughput(stack, 'equality', [EVERY_CORE], total)
  let flawless = true
  for (const backend of ['hashmap', 'rocksdb'] satisfies Backend[]) {
    await deleteTopics(stack, FLINK_TOPICS)
    await createFlinkTopics(stack)
    await runFlink(stack, { backend, runs: 1, cores: EVERY_CORE })
    for (const job of JOB_IDS) flawless = (await compareJob(stack, job, backend, closingMs(prefill))) && flawless
  }
  if (!flawless) throw new OperatingError('bench_failed', 'Flink and the processor differ, as shown above')
}

/** @param closedMs windows and transactions from here on belong to the records that close the others. */
async function compareJob(stack: Stack, job: JobId, backend: Backend, closedMs: number): Promise<boolean> {
  const ours = await resultsIn(stack, analyticsTopic(job), closedMs)
  const theirs = await resultsIn(stack, `${FLINK_PREFIX}${job}`, closedMs)
  const options = resultOptions(analyticsTopic(job), RESULTS[job].fields)
  const shape = Object.fromEntries(
    Object.entries(options.shape).map(([field, check]) => [field, check.startsWith('any_') ? 'exact' : check]),
  ) as typeof options.shape
  const expected = ours.map(({ key, value }) => ({
    key,
    value: JSON.parse(value ?? 'null') as Record<string, unknown>,
    required: true,
  }))
  const comparison = await compare(expected, theirs, { ...options, shape })
  const { missing, duplicate, wrong, unexpected } = comparison
  console.log(
    `${backend.padEnd(8)} ${job.padEnd(22)} ${String(comparison.expected).padStart(8)} results: ` +
      `${missing} missing, ${duplicate} duplicate, ${wrong} wrong, ${unexpected} unexpected`,
  )
  for (const example of comparison.examples.slice(0, 2)) console.log(`  ${JSON.stringify(example).slice(0, 800)}`)
  if (comparison.expected === 0) throw new OperatingError('no_results', `the processor has no ${job}: add --records`)
  return isFlawless(comparison)
}

async function resultsIn(stack: Stack, topic: string, closedMs: number): Promise<Found[]> {
  const log = new KafkaLog(kafkaOf(stack, 'bench'))
  const found: Found[] = []
  try {
    for await (const { key, value } of log.topic(topic)) {
      const text = value?.toString() ?? null
      if (text !== null && isBefore(text, closedMs)) found.push({ key: key?.toString() ?? '', value: text })
    }
  } finally {
    await log.close()
  }
  return found
}

/** By at most the width of a window: results of the closing records begin in the hour of their event time. */
function isBefore(value: string, closedMs: number): boolean {
  const { window_start, event_time } = JSON.parse(value) as { window_start?: string; event_time?: string }
  return Date.parse(window_start ?? event_time ?? '') < closedMs - 3_600_000
}
