import { type RecordBuffer } from '@fintech-streams/records'
import { type WindowJob } from './job.ts'

/** What stage 1 tells stage 2, as JSON in the partials topic. */
export type PartialMessage = PartialAggregate | SourceWatermark | SourceEmpty

/** One source partition's share of one window. A source sends one of each window, when it closes there. */
export interface PartialAggregate {
  readonly type: 'partial'
  readonly source: number
  readonly job: string
  readonly key: string | number
  readonly startMs: number
  readonly count: number
  /** As the job's codec wrote it. */
  readonly acc: object
  /** The summary of the source's keys in it, where the job asked for one. */
  readonly keys?: unknown
}

/** A source partition has closed every window that ends at or before this event time, and sent its share of it. */
export interface SourceWatermark {
  readonly type: 'watermark'
  readonly source: number
  readonly watermarkMs: number
}

/** A source partition has had no record at all, and still none: said again every 10 s of wall time. */
export interface SourceEmpty {
  readonly type: 'empty'
  readonly source: number
}

/** FNV-1a over UTF-16 units: spreads keys over partitions, the same in every process. */
export function partitionOf(text: string, partitions: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0) % partitions
}

/** The Kafka key of a partial aggregate, which also chooses its partition. */
export function partialKey(jobId: string, key: string | number): string {
  return `${jobId}/${key}`
}

/** Writes a partial aggregate: record by record what `JSON.stringify` says of it. */
export function writePartial(
  into: RecordBuffer,
  kafkaKey: string,
  job: WindowJob<never>,
  partial: Omit<PartialAggregate, 'type' | 'job'>,
): void {
  const { source, key, startMs, count, acc, keys } = partial
  into.utf8(kafkaKey)
  into.endKey()
  into.ascii(`{"type":"partial","source":${source},"job":"${job.id}","key":`)
  into.anyJson(key)
  into.ascii(`,"startMs":${startMs},"count":${count},"acc":`)
  job.accumulators.write(into, acc)
  if (keys !== undefined) {
    into.ascii(',"keys":')
    into.anyJson(keys)
  }
  into.ascii('}')
  into.endValue()
}

/** Reads a message of stage 1; `undefined` when it is none. What is in an accumulator is left to its job's codec. */
export function parsePartial(value: Buffer): PartialMessage | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(value.toString())
  } catch {
    return undefined
  }
  if (!isObject(parsed) || !isIndex(parsed['source'])) return undefined
  const { type, source } = parsed
  if (type === 'empty') return { type, source }
  if (type === 'watermark') {
    const { watermarkMs } = parsed
    return Number.isFinite(watermarkMs) ? { type, source, watermarkMs: watermarkMs as number } : undefined
  }
  return type === 'partial' ? parsePartialAggregate(source, parsed) : undefined
}

function parsePartialAggregate(source: number, fields: Record<string, unknown>): PartialAggregate | undefined {
  const { job, key, startMs, count, acc } = fields
  if (typeof job !== 'string' || (typeof key !== 'string' && typeof key !== 'number')) return undefined
  if (!Number.isSafeInteger(startMs) || !isIndex(count) || !isObject(acc)) return undefined
  // A program of state version 2 said `customers`.
  const keys = fields['keys'] ?? fields['customers']
  return { type: 'partial', source, job, key, startMs: startMs as number, count, acc, keys }
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
