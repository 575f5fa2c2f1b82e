import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { EventStream } from './event-stream.ts'

/** Serves one stream, to which `send` writes at once when a client comes. @returns the client's answer. */
async function streamed(send: (stream: EventStream) => void): Promise<IncomingMessage> {
  const server = createServer((_, response) => send(new EventStream(response, {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const request = get({ port: (server.address() as AddressInfo).port })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

const alerts = (stream: EventStream, count: number, bytes: number): void => {
  for (let n = 0; n < count; n += 1) stream.send('alert', { n, text: 'x'.repeat(bytes) }, `f0-${n}`)
}

test.each([
  [1_000, 1_200],
  [3_000, 3_000],
  [9_000, 500],
])('a backlog of %d alerts of %d bytes arrives whole and in order', async (count, bytes) => {
  const response = await streamed((stream) => {
    alerts(stream, count, bytes)
    stream.send('last', {})
  })
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk as string
    if (text.includes('event: last')) break
  }
  const ids = [...text.matchAll(/^id: f0-(\d+)$/gm)].map(([, n]) => Number(n))
  expect(ids).toEqual(Array.from({ length: count }, (_, n) => n))
})

test('a client that takes nothing while more than the bound waits is cut off', async () => {
  const ended = streamed((stream) => alerts(stream, 20_000, 2_000)).then((response) => once(response.resume(), 'end'))
  await expect(ended).rejects.toThrow(/hang up|aborted/)
})
