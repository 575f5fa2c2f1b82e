import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freePorts, isFree, requireFree } from './ports.ts'

const servers: Server[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function occupy(port: number, host: string): Promise<void> {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  if (port === undefined) throw new Error('asked for one port')
  return port
}

describe('a port', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::'])('is in use when something listens on %s', async (host) => {
    const port = await freePort()
    expect(await isFree(port)).toBe(true)
    await occupy(port, host)
    expect(await isFree(port)).toBe(false)
  })

  it('in use is named together with its variable and a port to set it to', async () => {
    const [free, taken] = await freePorts(2)
    if (free === undefined || taken === undefined) throw new Error('asked for two ports')
    await occupy(taken, '127.0.0.1')
    const ports = [
      { port: free, variable: 'KAFKA_PORT' },
      { port: taken, variable: 'KAFKA_CONTROLLER_PORT' },
    ]
    await expect(requireFree('kafka', ports)).rejects.toThrow(
      new RegExp(`^port ${taken}, which kafka needs, .* for example KAFKA_CONTROLLER_PORT=\\d+$`),
    )
  })
})

it('free ports are all different', async () => {
  const ports = await freePorts(8)
  expect(new Set(ports).size).toBe(8)
})
