import { announceHistory, missingHistoryMs } from '@fintech-streams/ledger'
import { OperatingError } from '@fintech-streams/service'
import { requireJava } from './java.ts'
import { acquireLauncherLock } from './launcher-lock.ts'
import { installJavaLibraries } from './java-libraries.ts'
import { watchLive, drained } from './live.ts'
import { withClient } from './postgres.ts'
import { createSystemUser } from './postgres-home.ts'
import { processTable } from './process-table.ts'
import { type Report } from './process-spec.ts'
import { processorSamples } from './processor-samples.ts'
import { runToEnd } from './programs.ts'
import { lastEventMs, latencyText, onTheirWay, type Progress } from './progress.ts'
import { startOnly, startProcesses, stopStack } from './run-stack.ts'
import { setting, type Stack } from './stack.ts'
import { stackStatus } from './status.ts'
import { missingResults, summarise, summaryLines } from './summary.ts'
import { supervise } from './supervise.ts'

export interface DemoOptions {
  /** Stop and sum up after this long of live transactions; without it, run until the signal. */
  readonly durationMs: number | undefined
  /** How much history to write first, at most: a stack that has run before gets what it has missed. */
  readonly backfillMs: number
}

/**
 * Starts everything, lets transactions flow, and stops everything in reverse order, whatever happens.
 * @throws OperatingError when a stage is down at the end, or one of the jobs has no result.
 */
export async function demo(
  openWith: (generator: Readonly<Record<string, string>>) => Stack,
  options: DemoOptions,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const stack = openWith({})
  const release = acquireLauncherLock(stack)
  try {
    await setUp(stack, report)
    await startProcesses(stack, ['postgres'], report, signal)
    // What comes in before the history would make it late: the API waits for it.
    await withClient(stack, setting(stack, 'POSTGRES_DB'), announceHistory)
    await startProcesses(stack, [], report, signal)
    await runToEnd(stack, 'connectors', ['apply'], report, signal)
    const backfillMs = missingHistoryMs(options.backfillMs, await lastEventMs(stack), await processorSamples(stack))
    await startOnly(openWith({ GENERATOR_BACKFILL: `${backfillMs}ms` }), 'generator', report, signal)
    addressLines(stack).forEach(report)
    await runLive(stack, options.durationMs, report, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await stopStack(stack, [], report)
    release()
  }
}

/** Downloads the Java libraries where they are missing and, for root, makes Postgres's system user. */
export async function setUp(stack: Stack, report: Report): Promise<void> {
  await requireJava(stack.env)
  if ((await installJavaLibraries(stack.env)) === 'installed') report('Kafka, Connect and Debezium: downloaded')
  if (createSystemUser() === 'created') report('system user postgres: created')
}

async function runLive(
  stack: Stack,
  durationMs: number | undefined,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const end = new AbortController()
  const until = AbortSignal.any([signal, end.signal])
  let failure: Error | undefined
  const watching = supervise(stack, processTable(stack), report, until).catch((error: Error) => {
    failure = error
    end.abort()
  })
  try {
    const live = await watchLive(stack, durationMs, report, until)
    if (failure !== undefined || durationMs === undefined || signal.aborted) return
    end.abort()
    await watching
    await sumUp(stack, live, report)
  } finally {
    end.abort()
    await watching
    if (failure !== undefined) throw failure
  }
}

async function sumUp(stack: Stack, live: Progress | undefined, report: Report): Promise<void> {
  const down = await stagesDown(stack, report)
  await stopStack(stack, ['generator'], report)
  const last = await drained(stack)
  const summary = await summarise(stack)
  report('')
  summaryLines(summary).forEach(report)
  report('')
  const of = live === undefined ? 'with the history, which was still on its way' : 'live transactions'
  report(`from commit in Postgres to commit of the results, ${of}: ${latencyText(last.samples, live?.samples)}`)
  const lost = onTheirWay(last)
  const problems = [
    ...down,
    ...(lost === 0 ? [] : [`${lost} transactions have not come out of the pipeline`]),
    ...missingResults(summary.jobs),
  ]
  if (problems.length > 0) throw new OperatingError('not_green', problems.join('; '))
}

/** Every process that does not do its work now, and every connector that does not run. */
async function stagesDown(stack: Stack, report: Report): Promise<string[]> {
  const statuses = await stackStatus(stack)
  const down = statuses
    .filter(({ condition }) => condition !== 'ready')
    .map(({ spec, condition, detail }) => `${spec.name} ${condition}${condition === 'not ready' ? ` (${detail})` : ''}`)
  try {
    await runToEnd(stack, 'connectors', ['status'], report)
  } catch (error) {
    down.push((error as Error).message)
  }
  return down
}

function addressLines(stack: Stack): string[] {
  const { ports, env } = stack
  return [
    '',
    `Postgres       postgres://${env['POSTGRES_USER']}@localhost:${ports.postgres}/${env['POSTGRES_DB']}`,
    `Kafka          localhost:${ports.kafka}`,
    `Kafka Connect  http://localhost:${ports.connect}/connectors?expand=status`,
    `processor      http://localhost:${ports.processorMetrics}/metrics`,
    `sink           http://localhost:${ports.sinkMetrics}/metrics`,
    `audit          http://localhost:${ports.auditMetrics}/metrics`,
    `counter        http://localhost:${ports.counterMetrics}/metrics`,
    `lake           http://localhost:${ports.lakeMetrics}/metrics`,
    `console, API   http://localhost:${ports.api}/ (open to everybody until npx fintech serving token create)`,
    `logs           ${stack.dataDir}/logs`,
    '',
  ]
}
