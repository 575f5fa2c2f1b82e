import { Writer } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import { bufferOf } from '@fintech-streams/testing'
import { fetchCommitted } from './fetch-request.ts'
import { encodeBatch } from './record-batch.ts'

/** `t`, by its id. */
const TOPIC = '0d6fd28c-9b1e-4e3a-8d6a-6f6d8f1f7c11'

function batchOf(value: string): Buffer {
  const [block] = bufferOf([{ key: 'k', value }]).blocks()
  return encodeBatch(block!, { producerId: 1n, producerEpoch: 0, firstSequence: 0, timestampMs: 0 })
}

/** What a broker answers for partitions of one topic, in memory of its own, as a connection returns it. */
function responseWith(values: readonly string[]): Buffer {
  const bytes = Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray([values], (topic, of) => {
      topic.appendUUID(TOPIC).appendArray([...of.entries()], (partition, [number, value]) => {
        const batch = batchOf(value)
        partition.appendInt32(number).appendInt16(0).appendInt64(1n).appendInt64(1n).appendInt64(0n)
        partition.appendArray([], () => undefined).appendInt32(-1)
        partition.appendUnsignedVarInt(batch.length + 1).append(batch)
      })
    })
    .appendTaggedFields().buffer
  return Buffer.from(new Uint8Array(bytes).buffer)
}

test('a response is freed when the records of all its partitions are released, and not before', async () => {
  const response = responseWith(['first', 'second'])
  const positions = [0, 1].map((partition) => ({ topic: 't', topicId: TOPIC, partition, offset: 0 }))
  const [first, second] = await fetchCommitted({ request: async () => response }, positions, 0, 1)
  const valueOf = (partition: typeof first) => String(partition?.records[0]?.value)
  first!.release()
  expect(valueOf(first)).toBe('first')
  expect(valueOf(second)).toBe('second')
  second!.release()
  expect(response.buffer.byteLength).toBe(0)
  // Whoever reads on is told, instead of reading nothing.
  expect(() => valueOf(second)).toThrow('detached')
})

test('offsets beyond the end of a partition are an error: they would skip what is between', async () => {
  const response = responseWith(['first'])
  const positions = [{ topic: 't', topicId: TOPIC, partition: 0, offset: 0 }]
  response.writeBigInt64BE(900n, response.indexOf(batchOf('first').subarray(8)) - 8)
  await expect(fetchCommitted({ request: async () => response }, positions, 0, 1)).rejects.toThrow(
    't/0 is damaged at offset 0: an offset is beyond its end',
  )
})
