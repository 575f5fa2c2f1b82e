import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Connection, Writer } from '@platformatic/kafka'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { must } from '@fintech-streams/service'
import { bufferOf } from '@fintech-streams/testing'
import { fetchCommitted, type FetchedPartition } from './fetch-request.ts'
import { encodeBatch } from './record-batch.ts'

/** `t`, by its id. */
const TOPIC = '0d6fd28c-9b1e-4e3a-8d6a-6f6d8f1f7c11'
const OFFSET_OUT_OF_RANGE = 1

let server: Server
let connection: Connection
/** The body of the next response, and the sizes of the pieces that it comes in. */
let response: Buffer
let pieces: readonly number[]

beforeEach(async () => {
  pieces = []
  server = createServer((socket) => {
    // A fetch request is one piece.
    socket.on('data', (request) => void answer(socket, request.readInt32BE(8)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  connection = new Connection('tester')
  await connection.connect('127.0.0.1', (server.address() as AddressInfo).port)
})
afterEach(async () => {
  await connection.close()
  server.close()
})

/** A response's length, correlation id, no tagged fields, and body. */
async function answer(socket: Socket, correlationId: number): Promise<void> {
  const head = Buffer.alloc(9)
  head.writeInt32BE(response.length + 5, 0)
  head.writeInt32BE(correlationId, 4)
  const bytes = Buffer.concat([head, response])
  let at = 0
  for (const size of pieces) {
    if (at >= bytes.length) return
    await new Promise<void>((resolve) => socket.write(bytes.subarray(at, at + size), () => setImmediate(resolve)))
    at += size
  }
  socket.write(bytes.subarray(at))
}

function batchOf(value: string): Buffer {
  const block = must(bufferOf([{ key: 'k', value }]).blocks()[0])
  return encodeBatch(block, { producerId: 1n, producerEpoch: 0, firstSequence: 0, timestampMs: 0 })
}

/** What a broker answers for the partitions of one topic, each with one record. */
function responseWith(values: readonly string[], { errorCode = 0, batches = values.map(batchOf) } = {}): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray([batches], (topic, of) => {
      topic.appendUUID(TOPIC).appendArray([...of.entries()], (partition, [number, batch]) => {
        partition.appendInt32(number).appendInt16(errorCode).appendInt64(1n).appendInt64(1n).appendInt64(0n)
        partition.appendArray([], () => undefined).appendInt32(-1)
        partition.appendUnsignedVarInt(batch.length + 1).append(batch)
      })
    })
    .appendTaggedFields().buffer
}

const fetched = (partitions: number): Promise<FetchedPartition[]> =>
  fetchCommitted(
    connection,
    Array.from({ length: partitions }, (_, partition) => ({ topic: 't', topicId: TOPIC, partition, offset: 0 })),
    0,
    1,
  )

const valueOf = (partition: FetchedPartition | undefined): string => String(must(partition).records[0]?.value)

test('partitions are read, whatever pieces their bytes come in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }),
      async (values, sizes) => {
        response = responseWith(values)
        pieces = sizes
        expect((await fetched(values.length)).map(valueOf)).toEqual(values)
      },
    ),
    { numRuns: 50 },
  )
})

test('a response is freed when the records of all its partitions are released, and not before', async () => {
  response = responseWith(['first', 'second'])
  const [first, second] = await fetched(2)
  must(first).release()
  expect(valueOf(first)).toBe('first')
  expect(valueOf(second)).toBe('second')
  must(second).release()
  // Whoever reads on is told, instead of reading nothing.
  expect(() => valueOf(second)).toThrow('detached')
})

test('a partition that the broker refuses is an error with its name', async () => {
  response = responseWith(['first'], { errorCode: OFFSET_OUT_OF_RANGE })
  await expect(fetched(1)).rejects.toMatchObject({ apiId: 'OFFSET_OUT_OF_RANGE' })
})

test('offsets beyond the end of a partition are an error: they would skip what is between', async () => {
  const batch = batchOf('first')
  batch.writeBigInt64BE(900n, 0)
  response = responseWith(['first'], { batches: [batch] })
  await expect(fetched(1)).rejects.toThrow('t/0 is damaged at offset 0: an offset is beyond its end')
})
