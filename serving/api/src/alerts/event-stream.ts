import { type ServerResponse } from 'node:http'

/** More often than a connection without traffic is ended, by this server or by proxies. */
const HEARTBEAT_MS = 10_000
/** What may wait for a slow client before it is cut off; it comes back and goes on from its last event. */
const WAITING_BYTES_MAX = 1 << 20
const RETRY_MS = 1_000

/** One client's server-sent events. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #heartbeat: NodeJS.Timeout

  /** @param headers what the server says on every answer. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string | number | string[] | undefined>>) {
    this.#response = response
    const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
    response.writeHead(200, {
      ...Object.fromEntries(given),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Proxies that collect answers would hold events back.
      'x-accel-buffering': 'no',
    })
    response.write(`retry: ${RETRY_MS}\n\n`)
    this.#heartbeat = setInterval(() => this.#write(': beat\n\n'), HEARTBEAT_MS)
    response.once('close', () => clearInterval(this.#heartbeat))
  }

  send(event: string, data: unknown, id?: string): void {
    const idLine = id === undefined ? '' : `id: ${id}\n`
    this.#write(`event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`)
  }

  end(): void {
    clearInterval(this.#heartbeat)
    this.#response.end()
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return
    if (this.#response.writableLength > WAITING_BYTES_MAX) this.#response.destroy()
    else this.#response.write(text)
  }
}
