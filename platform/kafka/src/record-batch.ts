import { type RecordBlock, BATCH_HEADER_BYTES as HEADER_BYTES, batchOverheadMax } from '@fintech-streams/records'
import { CRC_AT, checksumOf } from './checksum.ts'

export interface BatchIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The sequence number of the first record. */
  readonly firstSequence: number
  readonly timestampMs: number
}

const ATTRIBUTES_AT = 21
const TRANSACTIONAL = 1 << 4

/** Upper bound of a block's size as an encoded batch. */
export function encodedBytesMax(block: RecordBlock): number {
  return block.keyStart(block.count) + batchOverheadMax(block.count)
}

/**
 * Encodes a block as one transactional batch of format v2, uncompressed: KIP-98's layout, written straight into one
 * buffer. The client's own encoder makes half a dozen objects a record, which would be the processor's largest cost.
 * @param batch where to, with room for `encodedBytesMax`.
 * @returns the part of it that is the batch.
 */
export function encodeBatch(
  block: RecordBlock,
  identity: BatchIdentity,
  batch: Buffer = Buffer.allocUnsafe(encodedBytesMax(block)),
): Buffer {
  let at = HEADER_BYTES
  for (let record = 0; record < block.count; record += 1) at = writeRecord(batch, at, block, record)
  const written = batch.subarray(0, at)
  writeHeader(written, block.count, identity)
  return written
}

function writeHeader(batch: Buffer, count: number, identity: BatchIdentity): void {
  batch.writeBigInt64BE(0n, 0) // base offset
  batch.writeInt32BE(batch.length - 12, 8) // length of what follows
  batch.writeInt32BE(-1, 12) // partition leader epoch
  batch.writeInt8(2, 16) // magic
  batch.writeInt16BE(TRANSACTIONAL, ATTRIBUTES_AT)
  batch.writeInt32BE(count - 1, 23) // last offset delta
  batch.writeBigInt64BE(BigInt(identity.timestampMs), 27) // base timestamp
  batch.writeBigInt64BE(BigInt(identity.timestampMs), 35) // max timestamp
  batch.writeBigInt64BE(identity.producerId, 43)
  batch.writeInt16BE(identity.producerEpoch, 51)
  batch.writeInt32BE(identity.firstSequence, 53)
  batch.writeInt32BE(count, 57)
  batch.writeUInt32BE(checksumOf(batch), CRC_AT)
}

/**
 * A record beside its key and value: attributes, timestamp delta, offset delta, lengths of all, of the key and of the
 * value, number of headers. @returns where it ends.
 */
function writeRecord(into: Buffer, at: number, block: RecordBlock, record: number): number {
  const keyStart = block.keyStart(record)
  const keyEnd = block.keyEnd(record)
  const valueEnd = block.valueEnd(record)
  const keyBytes = keyEnd - keyStart
  const valueBytes = valueEnd === -1 ? -1 : valueEnd - keyEnd
  const body =
    2 + // attributes, timestamp delta 0
    varintBytes(record) +
    varintBytes(keyBytes) +
    keyBytes +
    varintBytes(valueBytes) +
    Math.max(valueBytes, 0) +
    1 // no headers
  let next = writeVarint(into, at, body)
  into[next] = 0
  into[next + 1] = 0
  next = writeVarint(into, next + 2, record)
  next = writeVarint(into, next, keyBytes)
  next += block.bytes.copy(into, next, keyStart, keyEnd)
  next = writeVarint(into, next, valueBytes)
  if (valueBytes > 0) next += block.bytes.copy(into, next, keyEnd, valueEnd)
  into[next] = 0
  return next + 1
}

/** Zigzag, then seven bits a byte, the lowest first. */
function writeVarint(into: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let next = at
  while (rest > 0x7f) {
    into[next] = (rest & 0x7f) | 0x80
    next += 1
    rest >>>= 7
  }
  into[next] = rest
  return next + 1
}

function varintBytes(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let bytes = 1
  while (rest > 0x7f) {
    bytes += 1
    rest >>>= 7
  }
  return bytes
}
