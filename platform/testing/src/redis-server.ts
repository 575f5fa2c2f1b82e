import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { missingTool } from './missing-tool.ts'

const READY_WITHIN_MS = 10_000

/** Why tests with the real Redis cannot run here, or undefined when they can. */
export function redisMissing(): string | undefined {
  if (spawnSync('redis-server', ['--version']).status === 0) return undefined
  return missingTool('tests with the real Redis need redis-server on the PATH (apt-get install redis-server)')
}

/** A real Redis of a test's own: its port, and nothing on disk that outlives it. */
export class RedisServer {
  readonly port: number
  readonly url: string
  readonly #directory: string
  #process: ChildProcess | undefined

  private constructor(port: number, directory: string) {
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    this.#directory = directory
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'redis-')))
    await server.startAgain()
    return server
  }

  /** The number of its process. */
  get pid(): number {
    const pid = this.#process?.pid
    if (pid === undefined) throw new Error('redis-server does not run')
    return pid
  }

  /** Starts it, empty, on the port that it had before. */
  async startAgain(): Promise<void> {
    const flags = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.#process = spawn('redis-server', [...flags, '--dir', this.#directory], { stdio: 'ignore' })
    const client = createClient({ url: this.url, socket: { reconnectStrategy: 20 } })
    client.on('error', () => undefined)
    const timeout = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error('redis-server did not start')
    })
    await Promise.race([client.connect(), timeout])
    client.destroy()
  }

  /** Kills it without asking; what it knew is lost. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
