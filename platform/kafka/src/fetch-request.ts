import { type Connection, createAPI, fetchV17, ProtocolError, Reader } from '@platformatic/kafka'
import { must } from '@fintech-streams/service'
import { type AbortedTransaction, type CommittedBatch, committedRecords, damaged } from './committed-records.ts'

const READ_COMMITTED = 1
/**
 * One response holds at most about this much, and of one partition at most about this much. More would not be faster:
 * what waits long to be processed grows old in the garbage collector's eyes.
 */
const RESPONSE_BYTES_MAX = 4 << 20
const PARTITION_BYTES_MAX = 1 << 20
/** A full fetch without a session: every answer has every partition. */
const NO_SESSION = 0
const NO_EPOCH = -1

export interface PartitionToFetch {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly offset: number
}

export interface FetchedPartition extends CommittedBatch {
  readonly topic: string
  readonly partition: number
  /** Up to where committed records can be read. */
  readonly endOffset: number
  /**
   * Says that nobody reads these records any more. When that is said of all partitions of a response, its memory is
   * free at once; otherwise the collector frees it in the end, which comes late for bytes that have waited.
   */
  readonly release: () => void
}

/**
 * Fetches committed records of partitions that one broker leads.
 * @param waitMs how long the broker may wait for records.
 * @param bytesMin `fetch.min.bytes`: with this many the broker responds before `waitMs` is over.
 * @throws ProtocolError when the broker refuses a partition; OperatingError `corrupt_batch` for damaged records.
 */
export async function fetchCommitted(
  connection: Connection,
  partitions: readonly PartitionToFetch[],
  waitMs: number,
  bytesMin: number,
): Promise<FetchedPartition[]> {
  const response = await fetchBytes.async(
    connection,
    waitMs,
    bytesMin,
    RESPONSE_BYTES_MAX,
    READ_COMMITTED,
    NO_SESSION,
    NO_EPOCH,
    requestTopics(partitions),
    [],
    '',
  )
  return parseResponse(response, partitions)
}

/** The client's request, answered by the bytes of the response. */
const fetchBytes = createAPI<Parameters<typeof fetchV17.createRequest>, Buffer>(
  fetchV17.api.key,
  fetchV17.api.version,
  fetchV17.createRequest,
  (_id, _key, _version, reader) => bytesOf(reader),
)

/** Copies what is left of a response, which lies in the pieces that came from the network, into memory of its own. */
function bytesOf({ buffer, position, remaining }: Reader): Buffer {
  const bytes = Buffer.allocUnsafeSlow(remaining)
  let skipped = position
  let at = 0
  for (const piece of buffer.buffers) {
    if (skipped < piece.length) at += piece.copy(bytes, at, skipped)
    skipped = Math.max(0, skipped - piece.length)
  }
  return bytes
}

function requestTopics(partitions: readonly PartitionToFetch[]) {
  return Map.groupBy(partitions, ({ topicId }) => topicId)
    .entries()
    .map(([topicId, of]) => ({
      topicId,
      partitions: of.map(({ partition, offset }) => ({
        partition,
        currentLeaderEpoch: NO_EPOCH,
        fetchOffset: BigInt(offset),
        lastFetchedEpoch: NO_EPOCH,
        partitionMaxBytes: PARTITION_BYTES_MAX,
      })),
    }))
    .toArray()
}

/** Reads a fetch response of version 17 (KIP-1166's layout), its records straight from the bytes. */
function parseResponse(response: Buffer, asked: readonly PartitionToFetch[]): FetchedPartition[] {
  const reader = Reader.from(response)
  reader.readInt32() // throttle time
  check(reader.readInt16())
  reader.readInt32() // session
  const topics = reader.readArray((topic) => {
    const topicId = topic.readUUID()
    return topic.readArray((partition) => parsePartition(partition, response, topicId, asked), true, false)
  })
  const partitions = topics.flat()
  const release = releaseOf(response, partitions.length)
  return partitions.map((partition) => ({ ...partition, release }))
}

/** A function that frees the response's memory at its `holders`th call. */
function releaseOf(response: Buffer, holders: number): () => void {
  let left = holders
  return () => {
    left -= 1
    // A response has its memory for itself. Detached, it cannot be read by mistake.
    if (left === 0) (response.buffer as ArrayBuffer).transfer(0)
  }
}

function parsePartition(
  reader: Reader,
  response: Buffer,
  topicId: string,
  asked: readonly PartitionToFetch[],
): Omit<FetchedPartition, 'release'> {
  const partition = reader.readInt32()
  check(reader.readInt16())
  const highWatermark = Number(reader.readInt64())
  const endOffset = Number(reader.readInt64())
  reader.readInt64() // log start
  const aborted = reader.readNullableArray((entry): AbortedTransaction => ({
    producerId: entry.readInt64(),
    firstOffset: entry.readInt64(),
  }))
  reader.readInt32() // preferred replica
  const size = Math.max(0, reader.readUnsignedVarInt() - 1)
  const bytes = response.subarray(reader.position, reader.position + size)
  reader.skip(size)
  reader.readTaggedFields()
  const { topic, offset } = must(
    asked.find((one) => one.topicId === topicId && one.partition === partition),
    'the position that a fetched partition was asked for',
  )
  const name = `${topic}/${partition}`
  const read = committedRecords(name, bytes, aborted ?? [], offset)
  // A batch's first offset is beside what its checksum covers.
  if (read.nextOffset > Math.max(highWatermark, offset)) throw damaged(name, offset, 'an offset is beyond its end')
  return { topic, partition, endOffset, ...read }
}

function check(errorCode: number): void {
  if (errorCode !== 0) throw new ProtocolError(errorCode)
}
