import { createServer } from 'node:net'
import { OperatingError } from '@fintech-streams/service'

/** A port that a process listens on and the environment variable that moves it. */
export interface ListeningPort {
  readonly port: number
  readonly variable: string
}

/** Whether nothing on this machine listens on the port, on loopback or on all addresses. */
export async function isFree(port: number): Promise<boolean> {
  // One address at a time: on some systems listening on all addresses succeeds beside a listener on loopback alone.
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
    if (!(await canListen(port, host))) return false
  }
  return true
}

/** @throws OperatingError naming the first port in use, its variable and a free port to set it to. */
export async function requireFree(processName: string, ports: readonly ListeningPort[]): Promise<void> {
  for (const { port, variable } of ports) {
    if (await isFree(port)) continue
    const [free] = await freePorts(1)
    throw new OperatingError(
      'port_in_use',
      `port ${port}, which ${processName} needs, is in use by another program: stop that program, or set ${variable} ` +
        `to a free port, for example ${variable}=${free}`,
    )
  }
}

/** Ports that are free now, all different, for a stack beside the default one. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0, '127.0.0.1')))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    return address.port
  })
  await Promise.all(servers.map(close))
  return ports
}

async function canListen(port: number, host: string): Promise<boolean> {
  try {
    await close(await listen(port, host))
    return true
  } catch (error) {
    // A host without IPv6 has no such address, so nobody listens there.
    const { code } = error as NodeJS.ErrnoException
    return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
  }
}

function listen(port: number, host: string): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host, exclusive: true }, () => resolve(server))
  })
}

function close(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error))))
}
