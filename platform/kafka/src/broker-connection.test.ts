import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BrokerConnection } from './broker-connection.ts'

/** What one request was, header and all, without its length. */
type Request = Buffer

let server: Server
let sockets: Socket[]
let connection: BrokerConnection
/** What the broker does with a request. */
let respond: (request: Request, socket: Socket) => void

beforeEach(async () => {
  sockets = []
  server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0)
        respond(received.subarray(4, end), socket)
        received = received.subarray(end)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  connection = new BrokerConnection({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, 'tester')
})
afterEach(async () => {
  await connection.close()
  for (const socket of sockets) socket.destroy()
  server.close()
  await once(server, 'close')
})

const correlationOf = (request: Request): number => request.readInt32BE(4)

/** A response's length, correlation id, no tagged fields, and body. */
function responseTo(request: Request, body: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeInt32BE(body.length + 5, 0)
  head.writeInt32BE(correlationOf(request), 4)
  return Buffer.concat([head, body])
}

const bodyOf = (request: Request): Buffer => request.subarray(8 + 2 + 'tester'.length + 1)

describe('a request', () => {
  test('goes out with a header of version 2 and all of its parts, one after the other', async () => {
    const requests: Request[] = []
    respond = (request, socket) => {
      requests.push(request)
      socket.write(responseTo(request, Buffer.from('done')))
    }
    expect(String(await connection.request(1, 17, [Buffer.from('first,'), Buffer.from('second')]))).toBe('done')
    const [request] = requests
    expect(request?.readInt16BE(0)).toBe(1)
    expect(request?.readInt16BE(2)).toBe(17)
    expect(request?.toString('latin1', 8)).toBe('\0\x06tester\0first,second')
  })

  test('gets its own response, whatever pieces the bytes come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }),
        async (bodies, sizes) => {
          const waiting: Buffer[] = []
          respond = (request, socket) => {
            waiting.push(responseTo(request, Buffer.from(bodyOf(request))))
            if (waiting.length === bodies.length) void writeInPieces(socket, Buffer.concat(waiting), sizes)
          }
          const answers = await Promise.all(bodies.map((body) => connection.request(0, 11, [Buffer.from(body)])))
          expect(answers.map((answer) => answer.toString('hex'))).toEqual(
            bodies.map((body) => Buffer.from(body).toString('hex')),
          )
        },
      ),
      { numRuns: 50 },
    )
  })
})

/** Pieces of these sizes, each by itself while there are sizes, then the rest. */
async function writeInPieces(socket: Socket, bytes: Buffer, sizes: readonly number[]): Promise<void> {
  let at = 0
  for (const size of sizes) {
    if (at >= bytes.length) return
    await new Promise<void>((resolve) => socket.write(bytes.subarray(at, at + size), () => setImmediate(resolve)))
    at += size
  }
  socket.write(bytes.subarray(at))
}

describe('a connection that fails', () => {
  test('is told to all who wait, and made anew for the next request', async () => {
    respond = (_request, socket) => socket.destroy()
    const waiting = [1, 2].map((n) => connection.request(1, 17, [Buffer.from([n])]))
    for (const { reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[]) {
      expect(String(reason)).toMatch(/closed the connection|ECONNRESET/)
    }
    respond = (request, socket) => socket.write(responseTo(request, Buffer.from('again')))
    expect(String(await connection.request(1, 17, []))).toBe('again')
    expect(sockets).toHaveLength(2)
  })

  test('is an error of the request when nobody listens', async () => {
    server.close()
    await once(server, 'close')
    await expect(connection.request(1, 17, [])).rejects.toThrow(/ECONNREFUSED/)
    server.listen(0)
  })

  test.for([
    ['an answer to nothing', (request: Request) => responseTo(Buffer.alloc(request.length, 0x7f), Buffer.from('x'))],
    ['a length that no response has', () => Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['a negative length', () => Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ] as const)('ends with %s', async ([, answer]) => {
    respond = (request, socket) => socket.write(answer(request))
    await expect(connection.request(1, 17, [])).rejects.toThrow(/answered what was not asked|no response has/)
  })
})
