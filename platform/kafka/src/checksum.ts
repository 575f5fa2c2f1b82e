import { crc32c, Reader } from '@platformatic/kafka'

/** Places of a record batch of format v2: its checksum, and the first byte that this covers. */
export const CRC_AT = 17
const COVERED_FROM = 21

/** CRC-32C of a whole batch. The client's own function copies a buffer first, but not one that a reader holds. */
export function checksumOf(batch: Buffer): number {
  return crc32c(Reader.from(batch.subarray(COVERED_FROM)).buffer)
}
