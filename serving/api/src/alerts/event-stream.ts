import { type ServerResponse } from 'node:http'

/** More often than a connection without traffic is ended, by this server or by proxies. */
const HEARTBEAT_MS = 10_000
/** Events that may wait for a slow client before it is cut off; it comes back and goes on from its last event. */
const WAITING_EVENTS_MAX = 10_000
/** A client that takes nothing for this long is gone. */
const STALLED_MS = 30_000
const RETRY_MS = 1_000

/** One client's server-sent events. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #heartbeat: NodeJS.Timeout
  /** What the socket has not been given, because it is still busy with what it was given before. */
  #waiting: string[] = []
  #isBlocked = false
  #stalled: NodeJS.Timeout | undefined

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
    response.on('drain', () => this.#drained())
    response.once('close', () => this.#forget())
  }

  send(event: string, data: unknown, id?: string): void {
    const idLine = id === undefined ? '' : `id: ${id}\n`
    this.#write(`event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`)
  }

  end(): void {
    this.#forget()
    this.#response.end()
  }

  /** Gives the socket no more than it takes: a long backlog waits here, and one of any length gets through. */
  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return
    if (this.#isBlocked) {
      if (this.#waiting.length >= WAITING_EVENTS_MAX) this.#response.destroy()
      else this.#waiting.push(text)
      return
    }
    if (this.#response.write(text)) return
    this.#isBlocked = true
    this.#stalled = setTimeout(() => this.#response.destroy(), STALLED_MS).unref()
  }

  #drained(): void {
    clearTimeout(this.#stalled)
    this.#isBlocked = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const text of waiting) this.#write(text)
  }

  #forget(): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#stalled)
    this.#waiting = []
  }
}
