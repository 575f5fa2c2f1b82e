import { minutes, seconds } from '@fintech-streams/contracts'
import { type TimedEvent } from './event.ts'

/** How far a record may be behind the largest bounded event time of its partition before windows close without it. */
export const OUT_OF_ORDER_MAX_MS = seconds(5)
/** How far behind the largest bounded event time a record is late for every job and its id forgotten. */
export const DUPLICATE_HORIZON_MS = minutes(15)
/** After this long without a record a partition is idle, in wall time. */
export const IDLE_AFTER_MS = seconds(10)

/**
 * An event time that may move the watermark: no later than the event's commit, so that a sender whose clock is ahead
 * closes nobody's windows.
 */
export function boundedTime({ eventTimeMs, changedAtMs }: TimedEvent): number {
  return Math.min(eventTimeMs, changedAtMs)
}

/**
 * Event time of one partition. It only moves forward: with the counted records, and with the wall clock while the
 * partition is idle. Idle time closes windows; it does not move the horizon.
 */
export class Watermark {
  /** Largest bounded event time of a counted record. */
  maxEventTimeMs = Number.NEGATIVE_INFINITY
  #idleWatermarkMs = Number.NEGATIVE_INFINITY

  /** Event time up to which windows are closed. */
  get currentMs(): number {
    return Math.max(this.maxEventTimeMs - OUT_OF_ORDER_MAX_MS, this.#idleWatermarkMs)
  }

  /** Records with an earlier event time are late for every job. */
  get horizonMs(): number {
    return this.maxEventTimeMs - DUPLICATE_HORIZON_MS
  }

  /** Whether a record was counted yet. */
  get started(): boolean {
    return this.maxEventTimeMs !== Number.NEGATIVE_INFINITY
  }

  /** @returns whether the bounded event time is the latest so far. */
  observe(boundedTimeMs: number): boolean {
    if (boundedTimeMs <= this.maxEventTimeMs) return false
    this.maxEventTimeMs = boundedTimeMs
    return true
  }

  /** The watermark that wall time gives a partition that has been quiet for `quietMs`; nothing before it is idle. */
  idleTarget(quietMs: number): number | undefined {
    if (!this.started || quietMs < IDLE_AFTER_MS) return undefined
    return this.maxEventTimeMs + quietMs - OUT_OF_ORDER_MAX_MS
  }

  /** Takes an idle step, live or replayed. */
  advanceIdle(watermarkMs: number): void {
    if (watermarkMs > this.#idleWatermarkMs) this.#idleWatermarkMs = watermarkMs
  }

  toJSON(): { max: number | null; idle: number | null } {
    return { max: finiteOrNull(this.maxEventTimeMs), idle: finiteOrNull(this.#idleWatermarkMs) }
  }

  restore(encoded: { max: number | null; idle: number | null }): void {
    this.maxEventTimeMs = encoded.max ?? Number.NEGATIVE_INFINITY
    this.#idleWatermarkMs = encoded.idle ?? Number.NEGATIVE_INFINITY
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** The start of the window of `sizeMs` that holds an event time. */
export function windowStart(eventTimeMs: number, sizeMs: number): number {
  return Math.floor(eventTimeMs / sizeMs) * sizeMs
}

/** Whether a window is closed: the watermark has reached its end. From then on its records are late. */
export function isClosed(startMs: number, sizeMs: number, watermarkMs: number): boolean {
  return startMs + sizeMs <= watermarkMs
}
