import { committedRecords, encodeBatch } from '@fintech-streams/kafka'
import { RecordBlock } from '@fintech-streams/records'
import { crc32c } from '@platformatic/kafka'
import { type Random } from '../random.ts'
import { type LogRecord } from './cluster.ts'

/** Places of a record batch of format v2. */
const CRC_AT = 17
const COVERED_FROM = 21
const NO_PRODUCER = { producerId: -1n, producerEpoch: -1, firstSequence: -1 }

/**
 * A record as a fetch brings it when a bit of its value has flipped on the way.
 * @param isUnchecked the batch has the checksum of what it has become, as if nobody compared it.
 * @throws OperatingError as the platform's own reading of batches does.
 */
export function damaged(record: LogRecord, value: Buffer, random: Random, isUnchecked: boolean): LogRecord {
  const block = new RecordBlock(value.length)
  value.copy(block.bytes)
  block.add(0, value.length)
  const batch = encodeBatch(block, { ...NO_PRODUCER, timestampMs: record.timestampMs })
  batch.writeBigInt64BE(BigInt(record.offset), 0)
  const at = batch.indexOf(value) + random.whole(value.length)
  batch[at] = batch[at]! ^ (1 << random.whole(8))
  if (isUnchecked) batch.writeUInt32BE(crc32c(Buffer.from(batch.subarray(COVERED_FROM))), CRC_AT)
  const { records } = committedRecords('simulated', batch, [], record.offset)
  return { ...record, value: records[0]!.value }
}
