import { type Stack } from '@fintech-streams/local'
import { runCommand } from '../command.ts'

/** Longer than the API's own time-outs: a response that takes longer will never come. */
const HANGS_AFTER_MS = 15_000

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** Requests to the API of a stack, or of another instance on a port of its own. */
export class ApiClient {
  readonly #origin: string
  readonly #token: string | undefined

  constructor(port: number, token?: string) {
    this.#origin = `http://127.0.0.1:${port}`
    this.#token = token
  }

  async get(path: string): Promise<Answer> {
    return this.#send(path, {})
  }

  async post(path: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    return this.#send(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async #send(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<Answer> {
    const token = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }
    const response = await fetch(this.#origin + path, {
      ...init,
      headers: { ...init.headers, ...token },
      signal: AbortSignal.timeout(HANGS_AFTER_MS),
    })
    const { status, headers } = response
    return { status, headers, body: (await response.json()) as Record<string, unknown> }
  }
}

export const topSendersPath = (account: string, query = ''): string => `/v1/accounts/${account}/top-senders${query}`

/** A new token by the command, as an operator makes one. */
export async function createToken(stack: Stack, name: string, role: string): Promise<string> {
  const args = ['token', 'create', '--name', name, '--role', role]
  const { code, stdout, stderr } = await runCommand(stack, 'serving', args)
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}
