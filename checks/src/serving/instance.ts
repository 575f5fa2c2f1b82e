import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine, freePorts, type Stack } from '@fintech-streams/local'
import { eventually } from '../eventually.ts'
import { ApiClient } from './client.ts'

/** One more instance of the API beside a stack's own. */
export class ApiInstance {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(port: number, process: ChildProcess) {
    this.port = port
    this.#process = process
  }

  /** Starts it and waits until it is ready. */
  static async start(stack: Stack, name: string, env: Record<string, string> = {}): Promise<ApiInstance> {
    const [port = 0] = await freePorts(1)
    const child = spawn(process.execPath, commandLine(stack, 'serving'), {
      cwd: stack.checkout,
      env: {
        ...stack.env,
        POSTGRES_USER: 'api',
        POSTGRES_PASSWORD: stack.env['API_DB_PASSWORD'],
        API_PORT: String(port),
        API_OPEN_WITHOUT_TOKENS: '1',
        API_INSTANCE: name,
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    mkdirSync(join(stack.dataDir, 'logs'), { recursive: true })
    child.stderr.pipe(createWriteStream(join(stack.dataDir, 'logs', `${name}.log`)))
    const instance = new ApiInstance(port, child)
    const client = new ApiClient(port)
    const status = await eventually(
      async () => (await client.get('/readyz').catch(() => undefined))?.status,
      (seen) => seen === 200 || child.exitCode !== null,
    )
    if (status !== 200) throw new Error(`instance ${name} is not ready: see logs/${name}.log in ${stack.dataDir}`)
    return instance
  }

  /** Asks it to stop. @returns resolves with its exit code. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode
    const ended = once(this.#process, 'exit') as Promise<[number | null]>
    this.#process.kill('SIGTERM')
    return (await ended)[0]
  }
}
