import { ByteReader, EncodingError, type RecordBuffer } from '@fintech-streams/records'
import { fnv1a } from './fnv1a.ts'
import { parseLayout, skipRow, type WrittenLayout } from './layout.ts'
import { STATE_VERSION } from './state-version.ts'
import { type WindowTable } from './window-table.ts'

/** What stage 1 tells stage 2 through the partials topic: shares of windows in binary, the rest as JSON. */
export type PartialMessage = PartialAggregate | SourceWatermark | SourceEmpty

/** One source partition's share of one window. A source sends one of each window, when it closes there. */
export interface PartialAggregate {
  readonly type: 'partial'
  readonly source: number
  readonly job: string
  readonly key: string | number
  readonly startMs: number
  readonly count: number
  readonly row: WrittenRow | JsonRow
}

/** Aggregates as a layout wrote them. */
export interface WrittenRow {
  readonly layout: WrittenLayout
  readonly from: ByteReader
}

/** Aggregates as a program of state version 2 or 3 wrote them. */
export interface JsonRow {
  readonly acc: unknown
  readonly keys: unknown
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

/** Spreads keys over partitions, the same in every process. */
export const partitionOf = (text: string, partitions: number): number => fnv1a(text) % partitions

/** The Kafka key of a partial aggregate, which also chooses its partition. */
export function partialKey(jobId: string, key: string | number): string {
  return `${jobId}/${key}`
}

/** Writes the current row of a table as a partial aggregate. */
export function writePartial(
  into: RecordBuffer,
  kafkaKey: string,
  table: WindowTable,
  { source, key }: { source: number; key: string | number },
): void {
  into.utf8(kafkaKey)
  into.endKey()
  into.byte(STATE_VERSION)
  into.text(table.layout.text)
  into.varint(source)
  writeKey(into, key)
  into.float64(table.startMs)
  into.varint(table.events)
  table.layout.write(table.rows, into)
  into.endValue()
}

/** Writes a window's key. */
export function writeKey(into: RecordBuffer, key: string | number): void {
  into.byte(typeof key === 'number' ? 1 : 0)
  if (typeof key === 'number') into.float64(key)
  else into.text(key)
}

export function readKey(from: ByteReader): string | number {
  return from.byte() === 1 ? from.float64() : from.text()
}

/** The layouts of partial aggregates: all of a job have the same. */
export class PartialReader {
  readonly #layouts = new Map<string, WrittenLayout>()

  /** Reads a message of stage 1; `undefined` when it is none. What is in JSON of old is left to its job's columns. */
  read(value: Buffer): PartialMessage | undefined {
    if (value[0] !== STATE_VERSION) return parseJson(value)
    try {
      return this.#partial(new ByteReader(value, 1))
    } catch (error) {
      if (error instanceof EncodingError || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  #partial(from: ByteReader): PartialAggregate | undefined {
    const layout = this.#layout(from.text())
    const source = from.varint()
    const key = readKey(from)
    const startMs = from.float64()
    const count = from.varint()
    const rowAt = from.at
    skipRow(layout, from)
    if (!from.isAtEnd || !Number.isSafeInteger(startMs)) return undefined
    from.at = rowAt
    return { type: 'partial', source, job: layout.job, key, startMs, count, row: { layout, from } }
  }

  #layout(text: string): WrittenLayout {
    let layout = this.#layouts.get(text)
    if (layout === undefined) {
      layout = parseLayout(text)
      this.#layouts.set(text, layout)
    }
    return layout
  }
}

function parseJson(value: Buffer): PartialMessage | undefined {
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
  return type === 'partial' ? parseJsonPartial(source, parsed) : undefined
}

function parseJsonPartial(source: number, fields: Record<string, unknown>): PartialAggregate | undefined {
  const { job, key, startMs, count, acc } = fields
  if (typeof job !== 'string' || (typeof key !== 'string' && typeof key !== 'number')) return undefined
  if (!Number.isSafeInteger(startMs) || !isIndex(count) || !isObject(acc)) return undefined
  // A program of state version 2 said `customers`.
  const keys = fields['keys'] ?? fields['customers']
  return { type: 'partial', source, job, key, startMs: startMs as number, count, row: { acc, keys } }
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
