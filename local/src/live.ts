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
  const beganMs = Date.now()
  let before = await observeProgress(stack)
  let movedAtMs = beganMs
  let history: Progress | undefined
  let live: { progress: Progress; sinceMs: number } | undefined
  while (!signal.aborted && !isOver(durationMs, Date.now() - beganMs, live?.sinceMs, movedAtMs)) {
    const now = await observeProgress(stack)
    report(progressLine(now, before, Date.now() - beganMs, live === undefined ? 'history' : 'live'))
    for (const line of await notReadyLines(stack)) report(line)
    if (now.processed > before.processed || onTheirWay(now) === 0) movedAtMs = Date.now()
    before = now
    if (history === undefined && (await hasGoneLive(stack, beganMs))) history = now
    if (live === undefined && history !== undefined && now.processed >= history.transactions) {
      live = { progress: now, sinceMs: Date.now() }
      report('the history is through: live from here')
    }
    await sleep(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
  }
  return live?.progress
}

/** Waits, for a bounded time, until everything written has gone through the pipeline and results no longer change. */
export async function drained(stack: Stack): Promise<Progress> {
  const deadlineMs = Date.now() + DRAIN_WITHIN_MS
  let last = await observeProgress(stack)
  for (let same = 0; same < LOOKS_AT_REST && Date.now() < deadlineMs;) {
    await sleep(DRAIN_POLL_MS)
    const now = await observeProgress(stack)
    same = onTheirWay(now) === 0 && now.results === last.results ? same + 1 : 0
    last = now
  }
  return last
}

function isOver(
  durationMs: number | undefined,
  elapsedMs: number,
  liveSinceMs: number | undefined,
  movedAtMs: number,
): boolean {
  if (durationMs === undefined || elapsedMs < durationMs) return false
  if (Date.now() - movedAtMs >= STUCK_MS) return true
  const seenLive = liveSinceMs !== undefined && Date.now() - liveSinceMs >= LIVE_MIN_MS
  return seenLive || elapsedMs >= durationMs + HISTORY_WITHIN_MS
}

/** A line for each process that runs and does not do its work, with the reason that it gives. */
async function notReadyLines(stack: Stack): Promise<string[]> {
  const statuses = await stackStatus(stack)
  return statuses.flatMap(({ spec, condition, detail }) =>
    condition === 'not ready' ? [`  ${spec.name} is not ready: ${detail}`] : [],
  )
}

/** Whether the generator has written everything that happened before it started. */
async function hasGoneLive(stack: Stack, beganMs: number): Promise<boolean> {
  const last = await lastEventMs(stack).catch(() => undefined)
  return last !== undefined && last > beganMs
}
