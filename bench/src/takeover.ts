import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type Stack } from '@fintech-streams/local'
import { withAdmin } from './bench-stack.ts'
import { whole } from './figures.ts'
import { ProcessorWorker, sampleSum, type WorkerOptions } from './processor-run.ts'

const WORKERS = 2
const POLL_MS = 25
const READY_WITHIN_MS = 300_000
const TAKEN_WITHIN_MS = 60_000
/** Fewer changelog offsets than this behind, a standby counts as current. */
const LAG_MAX = 1_000

/** What a takeover took, from kill -9 of a worker on. */
export interface Takeover {
  readonly how: 'its parent saw it die' | 'nobody saw it die'
  readonly customers: number
  /** Until the first partition of the dead worker, and until the last one, committed something new. */
  readonly firstMs: number
  readonly lastMs: number
  /** Until the worker that was started in its place has its partitions back. */
  readonly backMs: number
}

/** What happens before a kill, so that there is something to replay, and after it, so that there is something to do. */
export interface TakeoverTraffic {
  readonly before: () => Promise<void>
  readonly after: () => Promise<void>
}

/**
 * Kills workers that have a standby each in the other one: `kills` times by itself, and once with their parent stopped,
 * so that the group learns of the death by its session time-out, as when a machine dies.
 */
export async function takeovers(
  stack: Stack,
  options: WorkerOptions,
  kills: number,
  traffic: TakeoverTraffic,
): Promise<Takeover[]> {
  const workers = new ProcessorWorker(stack, { ...options, standbys: WORKERS })
  const found: Takeover[] = []
  try {
    await untilCurrent(workers)
    for (let kill = 0; kill <= kills; kill += 1) {
      await traffic.before()
      const takeover = await takeoverOf(stack, workers, options.group, kill % WORKERS, kill === kills, traffic)
      found.push(takeover)
      const { how, firstMs, lastMs, backMs } = takeover
      console.log(
        `takeover ${kill + 1}, ${how}: first partition after ${whole(firstMs)} ms, last after ${whole(lastMs)} ms; ` +
          `the worker was back after ${whole(backMs)} ms`,
      )
    }
    return found
  } finally {
    await workers.end()
  }
}

async function takeoverOf(
  stack: Stack,
  workers: ProcessorWorker,
  group: string,
  victim: number,
  isUnseen: boolean,
  traffic: TakeoverTraffic,
): Promise<Takeover> {
  const page = (await workers.pageOf(victim)) ?? ''
  const partitions = [...page.matchAll(/processor_position\{stage="source",partition="(\d+)"\}/g)].map(([, n]) =>
    Number(n),
  )
  const customers =
    sampleSum(page, 'processor_state_entries', 'stage="source"') +
    sampleSum(page, 'processor_standby_state_entries', 'stage="source"')
  const before = await committedBy(stack, group)
  if (isUnseen) process.kill(workers.pid, 'SIGSTOP')
  process.kill(workers.pidOf(victim), 'SIGKILL')
  const killedMs = performance.now()
  const sent = traffic.after()
  const tookMs = new Map<number, number>()
  while (tookMs.size < partitions.length) {
    if (performance.now() - killedMs > TAKEN_WITHIN_MS)
      throw new OperatingError('bench_failed', 'nobody took the dead worker’s partitions over in time')
    await sleep(POLL_MS)
    const now = await committedBy(stack, group)
    const atMs = performance.now() - killedMs
    for (const partition of partitions) {
      if (!tookMs.has(partition) && now.get(partition)! > before.get(partition)!) tookMs.set(partition, atMs)
    }
  }
  await sent
  if (isUnseen) process.kill(workers.pid, 'SIGCONT')
  await untilCurrent(workers)
  const [firstMs, lastMs] = [Math.min(...tookMs.values()), Math.max(...tookMs.values())]
  const how = isUnseen ? 'nobody saw it die' : 'its parent saw it die'
  return { how, customers, firstMs, lastMs, backMs: performance.now() - killedMs }
}

/** Waits until every worker is live with partitions of its own, and a current standby of the others'. */
async function untilCurrent(workers: ProcessorWorker): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS
  const isCurrent = (page: string | undefined): boolean =>
    page !== undefined &&
    page.includes('processor_position{stage="source"') &&
    page.includes('processor_standby_lag_entries{stage="source"') &&
    sampleSum(page, 'processor_standby_lag_entries') < LAG_MAX
  for (;;) {
    const pages = await Promise.all(Array.from({ length: WORKERS }, (_, number) => workers.pageOf(number)))
    if (pages.every(isCurrent)) return
    if (performance.now() > deadlineMs)
      throw new OperatingError('bench_failed', 'the standbys did not become current in time')
    await sleep(POLL_MS * 10)
  }
}

/** The group's committed offset of each source partition. */
async function committedBy(stack: Stack, group: string): Promise<Map<number, number>> {
  return withAdmin(stack, async (admin) => {
    const groups = await admin.listConsumerGroupOffsets({ groups: [group] })
    const source = groups.flatMap(({ topics }) => topics).filter(({ name }) => name === TRANSACTIONS_TOPIC)
    return new Map(
      source
        .flatMap(({ partitions }) => partitions)
        .map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]),
    )
  })
}
