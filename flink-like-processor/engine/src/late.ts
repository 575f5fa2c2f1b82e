import { formatInstant, LATE_TOPIC, type LateRecord } from '@fintech-streams/contracts'
import { type Output } from '@fintech-streams/records'
import { type WindowJob } from './job.ts'

/** An event as late records name it. */
export interface LateEvent {
  readonly idField: string
  readonly id: string
  readonly eventTimeMs: number
}

/** The record of an event whose window was closed when it came, one per job. */
export function lateForWindow(
  event: LateEvent,
  job: WindowJob<never>,
  key: string | number,
  startMs: number,
  watermarkMs: number,
  partition: number,
): Output<string> {
  const endMs = startMs + job.window.sizeMs
  return lateOutput(event, partition, {
    job: job.id,
    key: { [job.result.keyField]: key },
    window_start: formatInstant(startMs),
    window_end: formatInstant(endMs),
    event_time: formatInstant(event.eventTimeMs),
    lateness_ms: watermarkMs - endMs,
    reason: 'window_closed',
  })
}

/** The record of an event older than the duplicate horizon: late for every job. */
export function lateBeyondHorizon(event: LateEvent, horizonMs: number, partition: number): Output<string> {
  return lateOutput(event, partition, {
    job: '*',
    key: null,
    window_start: null,
    window_end: null,
    event_time: formatInstant(event.eventTimeMs),
    lateness_ms: horizonMs - event.eventTimeMs,
    reason: 'beyond_horizon',
  })
}

function lateOutput(
  { idField, id }: LateEvent,
  partition: number,
  rest: Omit<LateRecord, 'transaction_id'>,
): Output<string> {
  const identity = { [idField]: id }
  return {
    topic: LATE_TOPIC,
    partition,
    key: JSON.stringify(identity),
    value: JSON.stringify({ ...identity, ...rest }),
  }
}
