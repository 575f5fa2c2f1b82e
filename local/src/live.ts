import { setTimeout as sleep } from 'node:timers/promises'
import { type Report } from './process-spec.ts'
import { lastEventMs, observeProgress, onTheirWay, progressLine, type Progress } from './progress.ts'
import { type Stack } from './stack.ts'
import { stackStatus } from './status.ts'

const LOOK_INTERVAL_MS = 5_000
/** A run with an end sees at least this much of live transactions… */
const LIVE_MIN_MS = 15_000
/** …unless the history takes this much longer than the run was to last. */
const HISTORY_WITHIN_MS = 180_000
/** A run with an end ends when nothing has come out for this long although something is on its way. */
const STUCK_MS = 60_000
const DRAIN_WITHIN_MS = 60_000
const DRAIN_POLL_MS = 1_000
/** Consecutive identical looks before results count as settled. */
const LOOKS_AT_REST = 3

/**
 * Shows progress until the signal, or for a time.
 * @returns what was to be seen when the history had gone through the pipeline; undefined when it never has.
 */
export async function watchLive(
  stack: Stack,
  durationMs: number | undefined,
  report: Report,
  signal: AbortSignal,
): Promise<Progress | undefined> {
  const beganAtMs = Date.now()
  const beganMs = performance.now()
  let before = await observeProgress(stack)
  let movedMs = beganMs
  let history: Progress | undefined
  let live: { progress: Progress; sinceMs: number } | undefined
  const run = (nowMs = performance.now()): LiveRun => ({
    elapsedMs: nowMs - beganMs,
    liveMs: live === undefined ? undefined : nowMs - live.sinceMs,
    stillMs: nowMs - movedMs,
  })
  while (!signal.aborted && (durationMs === undefined || !isOver(durationMs, run()))) {
    const now = await observeProgress(stack)
    report(progressLine(now, before, run().elapsedMs, live === undefined ? 'history' : 'live'))
    for (const line of await notReadyLines(stack)) report(line)
    if (now.processed > before.processed || onTheirWay(now) === 0) movedMs = performance.now()
    before = now
    if (history === undefined && (await hasGoneLive(stack, beganAtMs))) history = now
    if (live === undefined && history !== undefined && now.processed >= history.transactions) {
      live = { progress: now, sinceMs: performance.now() }
      report('the history is through: live from here')
    }
    await sleep(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
  }
  return live?.progress
}

/** Waits, for a bounded time, until everything written has gone through the pipeline and results no longer change. */
export async function drained(stack: Stack): Promise<Progress> {
  const deadlineMs = performance.now() + DRAIN_WITHIN_MS
  let last = await observeProgress(stack)
  for (let same = 0; same < LOOKS_AT_REST && performance.now() < deadlineMs;) {
    await sleep(DRAIN_POLL_MS)
    const now = await observeProgress(stack)
    same = onTheirWay(now) === 0 && now.results === last.results ? same + 1 : 0
    last = now
  }
  return last
}

/** How long what has gone on in a run. */
export interface LiveRun {
  readonly elapsedMs: number
  /** Since the history is through; undefined before that. */
  readonly liveMs: number | undefined
  /** Since something has come out while something was on its way. */
  readonly stillMs: number
}

/** Whether a run with an end has come to it: it has seen live transactions, nothing moves any more, or history takes too long. */
export function isOver(durationMs: number, { elapsedMs, liveMs, stillMs }: LiveRun): boolean {
  if (elapsedMs < durationMs) return false
  return (
    stillMs >= STUCK_MS ||
    (liveMs !== undefined && liveMs >= LIVE_MIN_MS) ||
    elapsedMs >= durationMs + HISTORY_WITHIN_MS
  )
}

/** A line for each process that runs and does not do its work, with the reason that it gives. */
async function notReadyLines(stack: Stack): Promise<string[]> {
  const statuses = await stackStatus(stack)
  return statuses.flatMap(({ spec, condition, detail }) =>
    condition === 'not ready' ? [`  ${spec.name} is not ready: ${detail}`] : [],
  )
}

/** Whether the generator has written everything that happened before it started. */
async function hasGoneLive(stack: Stack, beganAtMs: number): Promise<boolean> {
  const last = await lastEventMs(stack).catch(() => undefined)
  return last !== undefined && last > beganAtMs
}
