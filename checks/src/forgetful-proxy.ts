import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Passes everything on, but for every third commit's answer: there it cuts the connection instead. */
export async function startForgetfulProxy(port: number) {
  let commits = 0
  let forgotten = 0
  const server = createServer((client) => {
    const upstream = connect(port, 'localhost')
    let forgetsAnswer = false
    client.on('data', (data) => {
      if (data.includes('commit')) {
        commits += 1
        forgetsAnswer = commits % 3 === 0
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (!forgetsAnswer) return client.write(data)
      forgotten += 1
      upstream.destroy()
      return client.destroy()
    })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined)
      socket.on('close', () => other.destroy())
    }
  })
  await once(server.listen(0, 'localhost'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return { port: address.port, forgotten: () => forgotten, close: () => server.close() }
}
