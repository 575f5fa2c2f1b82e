import { type CustomerCounts } from './customer-counts.ts'
import { type RecordBuffer } from '@fintech-streams/records'
import { writeAccumulator } from './state-codec.ts'

/** What stage 1 tells stage 2, as JSON in the partials topic. */
export type PartialMessage = PartialAggregate | SourceWatermark | SourceEmpty

/** One source partition's share of one window. */
export interface PartialAggregate {
  readonly type: 'partial'
  readonly source: number
  readonly job: string
  readonly key: string | number
  readonly startMs: number
  readonly count: number
  readonly acc: object
  readonly customers?: CustomerCounts | undefined
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
export function writePartial(into: RecordBuffer, kafkaKey: string, partial: PartialAggregate): void {
  const { source, job, key, startMs, count, acc, customers } = partial
  into.utf8(kafkaKey)
  into.endKey()
  into.ascii(`{"type":"partial","source":${source},"job":"${job}","key":`)
  into.anyJson(key)
  into.ascii(`,"startMs":${startMs},"count":${count},"acc":`)
  writeAccumulator(into, acc)
  if (customers !== undefined) {
    into.ascii(',"customers":')
    into.anyJson(customers)
  }
  into.ascii('}')
  into.endValue()
}

/** Reads a message of stage 1; `undefined` when it is none. */
export function parsePartial(text: string): PartialMessage | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null || !('type' in parsed) || !('source' in parsed)) return undefined
  return ['partial', 'watermark', 'empty'].includes(String(parsed.type)) ? (parsed as PartialMessage) : undefined
}
