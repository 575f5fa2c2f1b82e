import { Reader, readRecordsBatch } from '@platformatic/kafka'
import { type Headers, type SourceRecord } from '@fintech-streams/records'
import { must, OperatingError } from '@fintech-streams/service'
import { CRC_AT, checksumOf } from './checksum.ts'

const COMPRESSION = 7
const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5
/** Type of the control record that ends an aborted transaction. */
const ABORT = 0

/** Places of a record batch of format v2. */
const LENGTH_AT = 8
const LEADER_EPOCH_AT = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const PRODUCER_ID_AT = 43
const COUNT_AT = 57
const RECORDS_AT = 61
const MAGIC = 2

/** A transaction that was aborted: its producer, and where its first record is. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

export interface CommittedBatch {
  readonly records: SourceRecord[]
  /** The offset to read next: after the last batch, control batches included. */
  readonly nextOffset: number
  /** The leader's epoch of the last batch; -1 when there is none. */
  readonly leaderEpoch: number
}

/**
 * The committed records among the batches of a fetched partition, as a `read_committed` consumer of the Java client
 * sees them: batches of a producer are left out from the start of its aborted transaction to the marker that ends it.
 *
 * The client's own filter is not enough: it forgets all but one aborted transaction of a producer, and keeps an aborted
 * transaction whose marker lies in a later fetch. And its decoder makes several objects and a bigint of each record.
 *
 * As in the Java client, a batch whose checksum is wrong is an error: the disk, memory or network of a broker can flip a
 * bit, and an amount would be another one without anybody noticing.
 *
 * @param partition its name in errors, such as `fintech.transactions/3`.
 * @param fetchOffset records before it are left out: a broker sends whole batches. It may also cut the last one short,
 * which then comes with the next fetch.
 * @throws OperatingError `corrupt_batch`, which names the partition and the batch's offset.
 */
export function committedRecords(
  partition: string,
  bytes: Buffer,
  abortedTransactions: readonly AbortedTransaction[],
  fetchOffset: number,
): CommittedBatch {
  const records: SourceRecord[] = []
  let nextOffset = fetchOffset
  let leaderEpoch = -1
  const pending = [...abortedTransactions].sort((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborted = new Set<bigint>()
  for (let at = 0; at + RECORDS_AT <= bytes.length;) {
    const end = at + LENGTH_AT + 4 + bytes.readInt32BE(at + LENGTH_AT)
    if (end < at + RECORDS_AT) throw damaged(partition, nextOffset, 'its length is wrong')
    if (end > bytes.length) break
    const batch = bytes.subarray(at, end)
    const firstOffset = Number(batch.readBigInt64BE(0))
    const lastOffset = firstOffset + batch.readInt32BE(LAST_OFFSET_DELTA_AT)
    const fault = faultOf(batch) ?? (lastOffset < nextOffset ? 'its offsets go backwards' : undefined)
    if (fault !== undefined) throw damaged(partition, firstOffset, fault)
    while (pending[0] !== undefined && Number(pending[0].firstOffset) <= lastOffset) {
      aborted.add(pending[0].producerId)
      pending.shift()
    }
    nextOffset = lastOffset + 1
    leaderEpoch = batch.readInt32BE(LEADER_EPOCH_AT)
    const attributes = batch.readInt16BE(ATTRIBUTES_AT)
    const producerId = batch.readBigInt64BE(PRODUCER_ID_AT)
    if ((attributes & CONTROL) !== 0) {
      if (controlType(partition, batch) === ABORT) aborted.delete(producerId)
    } else if ((attributes & TRANSACTIONAL) === 0 || !aborted.has(producerId)) {
      if ((attributes & COMPRESSION) === 0) appendRecords(records, partition, batch, fetchOffset)
      else appendCompressed(records, batch, fetchOffset)
    }
    at = end
  }
  // A broker sends the first batch whole, or nothing: otherwise the same bytes would be fetched for ever.
  if (bytes.length > 0 && nextOffset === fetchOffset) throw damaged(partition, fetchOffset, 'its length is wrong')
  return { records, nextOffset, leaderEpoch }
}

/** What is wrong with a batch, seen before its records are read. */
function faultOf(batch: Buffer): string | undefined {
  const magic = batch.readInt8(MAGIC_AT)
  if (magic !== MAGIC) return `it has format ${magic} instead of ${MAGIC}`
  const [written, computed] = [batch.readUInt32BE(CRC_AT), checksumOf(batch)]
  return written === computed
    ? undefined
    : `its checksum is ${computed.toString(16)} instead of ${written.toString(16)}`
}

export function damaged(partition: string, offset: number, fault: string): OperatingError {
  const advice = 'check the disk and memory of the broker that leads the partition, and restore it from a replica'
  return new OperatingError('corrupt_batch', `${partition} is damaged at offset ${offset}: ${fault}: ${advice}`)
}

/** Where the varint that was read last ends. */
let varintEnd = 0

/** The bytes of the longest varint of 32 and of 64 bits. */
const INT_BYTES_MAX = 5
const LONG_BYTES_MAX = 10

/**
 * A zigzag varint of at most 32 bits. Beyond the end of the batch it reads nothing: whoever reads a record compares its
 * end with the batch's.
 */
function readVarint(bytes: Buffer, at: number): number {
  let value = 0
  for (let next = at; next < at + INT_BYTES_MAX; next += 1) {
    const byte = bytes[next] ?? 0
    value |= (byte & 0x7f) << (7 * (next - at))
    if (byte < 0x80) {
      varintEnd = next + 1
      return (value >>> 1) ^ -(value & 1)
    }
  }
  varintEnd = Infinity
  return 0
}

/** A zigzag varint that may need more than 32 bits, as a time's difference may. */
function readLongVarint(bytes: Buffer, at: number): number {
  let value = 0
  let scale = 1
  for (let next = at; next < at + LONG_BYTES_MAX; next += 1) {
    const byte = bytes[next] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 0x80) {
      varintEnd = next + 1
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    scale *= 128
  }
  varintEnd = Infinity
  return 0
}

/**
 * Key and value as places in the batch: what waits to be processed is one small object a record, and the views of its
 * bytes, made when somebody asks, die young.
 */
class FetchedRecord implements SourceRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly #batch: Buffer
  readonly #keyStart: number
  readonly #keyBytes: number
  readonly #valueStart: number
  readonly #valueBytes: number

  constructor(
    offset: number,
    timestampMs: number,
    batch: Buffer,
    keyStart: number,
    keyBytes: number,
    valueStart: number,
    valueBytes: number,
  ) {
    this.offset = offset
    this.timestampMs = timestampMs
    this.#batch = batch
    this.#keyStart = keyStart
    this.#keyBytes = keyBytes
    this.#valueStart = valueStart
    this.#valueBytes = valueBytes
  }

  get key(): Buffer | null {
    return viewOf(this.#batch, this.#keyStart, this.#keyBytes)
  }

  get value(): Buffer | null {
    return viewOf(this.#batch, this.#valueStart, this.#valueBytes)
  }

  get headers(): Headers | undefined {
    return headersOf(this.#batch, this.#valueStart + Math.max(0, this.#valueBytes))
  }
}

/** Headers from `at` on: most records have none. */
function headersOf(bytes: Buffer, at: number): Headers | undefined {
  const count = readVarint(bytes, at)
  if (count === 0) return undefined
  const headers = new Map<string, Buffer | null>()
  for (let header = 0; header < count; header += 1) {
    const nameBytes = readVarint(bytes, varintEnd)
    const nameStart = varintEnd
    const valueBytes = readVarint(bytes, nameStart + nameBytes)
    const valueStart = varintEnd
    headers.set(bytes.toString('utf8', nameStart, nameStart + nameBytes), viewOf(bytes, valueStart, valueBytes))
    varintEnd = valueStart + Math.max(0, valueBytes)
  }
  return headers
}

/** @param length negative for null. */
function viewOf(bytes: Buffer, start: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(start, start + length)
}

function appendRecords(into: SourceRecord[], partition: string, batch: Buffer, fetchOffset: number): void {
  const baseOffset = Number(batch.readBigInt64BE(0))
  const baseTimestampMs = Number(batch.readBigInt64BE(BASE_TIMESTAMP_AT))
  let at = RECORDS_AT
  for (let left = batch.readInt32BE(COUNT_AT); left > 0; left -= 1) {
    const length = readVarint(batch, at)
    const end = varintEnd + length
    const timestampMs = baseTimestampMs + readLongVarint(batch, varintEnd + 1)
    const offset = baseOffset + readVarint(batch, varintEnd)
    const keyBytes = readVarint(batch, varintEnd)
    const keyStart = varintEnd
    const valueBytes = readVarint(batch, keyStart + Math.max(0, keyBytes))
    const valueStart = varintEnd
    // Each length adds to the place of the next, so that one which is too long is seen at the end.
    if (valueStart + Math.max(0, valueBytes) > end || end > batch.length) {
      throw damaged(partition, baseOffset, 'a record is longer than its batch')
    }
    if (offset >= fetchOffset) {
      into.push(new FetchedRecord(offset, timestampMs, batch, keyStart, keyBytes, valueStart, valueBytes))
    }
    at = end
  }
  if (at !== batch.length) throw damaged(partition, baseOffset, 'it has more bytes than its records')
}

function appendCompressed(into: SourceRecord[], bytes: Buffer, fetchOffset: number): void {
  const batch = readRecordsBatch(Reader.from(bytes))
  for (const { offsetDelta, timestampDelta, key, value, headers: pairs } of batch.records) {
    const offset = Number(batch.firstOffset) + offsetDelta
    if (offset < fetchOffset) continue
    const headers = new Map(pairs.map(([name, content]) => [String(name), content]))
    into.push({ offset, timestampMs: Number(batch.firstTimestamp + timestampDelta), key, value, headers })
  }
}

/** The type of a control batch's only record: the second number of its key. */
function controlType(partition: string, batch: Buffer): number {
  const records: SourceRecord[] = []
  appendRecords(records, partition, batch, 0)
  return must(records[0]?.key, 'the key of a control record').readInt16BE(2)
}
