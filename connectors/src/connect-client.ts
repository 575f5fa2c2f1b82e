import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { z } from 'zod'
import { type ConnectorConfig } from './config.ts'

const REQUEST_MS = 30_000
/** Connect answers 409 while it moves its tasks about; that ends within seconds. */
const REBALANCE_MS = 60_000
const PAUSE_MS = 250

const part = z.object({ state: z.string(), trace: z.string().optional() })
const statusSchema = z.object({ connector: part, tasks: z.array(part.extend({ id: z.number() })) })
const configSchema = z.record(z.string(), z.string())
const pluginsSchema = z.array(z.object({ class: z.string(), version: z.string().optional() }))
const errorSchema = z.object({ message: z.string() })

/** What Connect says of a connector: `RUNNING`, `FAILED`, `STOPPED`, … of itself and of each task. */
export type ConnectorStatus = z.infer<typeof statusSchema>
export type Plugin = z.infer<typeof pluginsSchema>[number]

/** The part of Kafka Connect's REST interface that applying connectors needs. */
export class ConnectClient {
  readonly url: string
  readonly #signal: AbortSignal | undefined

  /** @param signal gives up whatever is under way. */
  constructor(url: string, signal?: AbortSignal) {
    this.url = url
    this.#signal = signal
  }

  /**
   * Waits until a worker answers and has joined its group.
   * @throws OperatingError when it does not within the time.
   */
  async waitUntilUp(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const answered = await this.#send('GET', '/connectors').then(
        (response) => response.ok,
        () => false,
      )
      this.#checkSignal()
      if (answered) return
      if (performance.now() >= deadline) {
        const waited = `${Math.round(withinMs / 1000)} s`
        throw new OperatingError(
          'connect_unreachable',
          `Kafka Connect does not answer at ${this.url} within ${waited}: start it, or set CONNECT_HOST and CONNECT_PORT`,
        )
      }
      await this.pause()
    }
  }

  /** The installed connector plugins. */
  async plugins(): Promise<Plugin[]> {
    return pluginsSchema.parse(await this.#json('GET', '/connector-plugins'))
  }

  async config(name: string): Promise<ConnectorConfig | undefined> {
    const found = await this.#json('GET', `/connectors/${name}/config`, undefined, [404])
    return found === undefined ? undefined : configSchema.parse(found)
  }

  /** @throws OperatingError with Connect's own words when it refuses the configuration. */
  async putConfig(name: string, config: ConnectorConfig): Promise<void> {
    await this.#json('PUT', `/connectors/${name}/config`, config)
  }

  async status(name: string): Promise<ConnectorStatus | undefined> {
    const found = await this.#json('GET', `/connectors/${name}/status`, undefined, [404])
    return found === undefined ? undefined : statusSchema.parse(found)
  }

  /** Starts what failed of a connector again, itself and its tasks. */
  async restartFailed(name: string): Promise<void> {
    await this.#json('POST', `/connectors/${name}/restart?includeTasks=true&onlyFailed=true`)
  }

  /** Ends a connector's tasks but keeps its configuration. */
  async stop(name: string): Promise<void> {
    await this.#json('PUT', `/connectors/${name}/stop`)
  }

  /** Forgets how far a stopped connector has read. */
  async deleteOffsets(name: string): Promise<void> {
    await this.#json('DELETE', `/connectors/${name}/offsets`)
  }

  /**
   * Deletes a connector and waits until its tasks have ended.
   * @returns false when there was no such connector.
   * @throws OperatingError when they do not end in time.
   */
  async delete(name: string): Promise<boolean> {
    if ((await this.#json('DELETE', `/connectors/${name}`, undefined, [404])) === undefined) return false
    const deadline = performance.now() + REBALANCE_MS
    while ((await this.status(name)) !== undefined) {
      if (performance.now() >= deadline) {
        throw new OperatingError('not_deleted', `Kafka Connect does not end ${name}: see its log`)
      }
      await this.pause()
    }
    return true
  }

  /** A moment between two looks at something that is expected to change. */
  async pause(): Promise<void> {
    this.#checkSignal()
    await sleep(PAUSE_MS)
    this.#checkSignal()
  }

  /** @returns undefined for an absent resource, `null` for an empty answer. */
  async #json(method: string, path: string, body?: unknown, absent: readonly number[] = []): Promise<unknown> {
    const deadline = performance.now() + REBALANCE_MS
    for (;;) {
      const response = await this.#send(method, path, body)
      if (absent.includes(response.status)) return undefined
      if (response.status === 409 && performance.now() < deadline) {
        await this.pause()
        continue
      }
      const text = await response.text()
      if (response.ok) return text === '' ? null : (JSON.parse(text) as unknown)
      throw new OperatingError('connect_refused', `Kafka Connect refused ${method} ${path}: ${messageIn(text)}`)
    }
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const timeout = AbortSignal.timeout(REQUEST_MS)
    try {
      return await fetch(`${this.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        signal: this.#signal === undefined ? timeout : AbortSignal.any([timeout, this.#signal]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      this.#checkSignal()
      const reason = error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : ''
      throw new OperatingError('connect_unreachable', `Kafka Connect at ${this.url} does not answer: ${reason}`, error)
    }
  }

  #checkSignal(): void {
    if (this.#signal?.aborted === true) {
      throw new OperatingError('stopped', 'stopped before it was done: run it again, it goes on where it is')
    }
  }
}

function messageIn(text: string): string {
  try {
    return errorSchema.parse(JSON.parse(text)).message
  } catch {
    return text.slice(0, 500)
  }
}
