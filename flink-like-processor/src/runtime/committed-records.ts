import { type Consumer, type RecordsBatch } from '@platformatic/kafka'
import { type SourceRecord } from '../engine/operator.ts'

const CONTROL = 1 << 5
const TRANSACTIONAL = 1 << 4
/** Type of the control record that ends an aborted transaction. */
const ABORT = 0

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
/** What a fetch returns of one partition. */
export type FetchResponsePartition = FetchResponse['responses'][number]['partitions'][number]

export interface CommittedBatch {
  readonly records: SourceRecord[]
  /** The offset to read next: after the last batch, control batches included. */
  readonly nextOffset: number
}

/**
 * The committed records of a fetched partition, as a `read_committed` consumer of the Java client sees them: batches of
 * a producer are left out from the start of its aborted transaction to the marker that ends it.
 *
 * The client's own filter is not enough: it forgets all but one aborted transaction of a producer, and keeps an aborted
 * transaction whose marker lies in a later fetch.
 *
 * @param fetchOffset records before it are left out: a broker sends whole batches.
 */
export function committedRecords(partition: FetchResponsePartition, fetchOffset: number): CommittedBatch {
  const records: SourceRecord[] = []
  let nextOffset = fetchOffset
  const pending = [...(partition.abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborted = new Set<bigint>()
  for (const batch of partition.records ?? []) {
    const firstOffset = Number(batch.firstOffset)
    const lastOffset = firstOffset + batch.lastOffsetDelta
    while (pending.length > 0 && Number(pending[0]!.firstOffset) <= lastOffset) aborted.add(pending.shift()!.producerId)
    nextOffset = Math.max(nextOffset, lastOffset + 1)
    if ((batch.attributes & CONTROL) !== 0) {
      if (controlType(batch) === ABORT) aborted.delete(batch.producerId)
      continue
    }
    if ((batch.attributes & TRANSACTIONAL) !== 0 && aborted.has(batch.producerId)) continue
    appendRecords(records, batch, firstOffset, fetchOffset)
  }
  return { records, nextOffset }
}

function appendRecords(into: SourceRecord[], batch: RecordsBatch, firstOffset: number, fetchOffset: number): void {
  const firstTimestampMs = Number(batch.firstTimestamp)
  for (const record of batch.records) {
    const offset = firstOffset + record.offsetDelta
    if (offset < fetchOffset) continue
    into.push({
      offset,
      timestampMs: firstTimestampMs + Number(record.timestampDelta),
      key: record.key,
      value: record.value,
    })
  }
}

function controlType(batch: RecordsBatch): number | undefined {
  return batch.records[0]?.key?.readInt16BE(2)
}
