import { open } from './client.ts'
import { ApiProblem } from './problem.ts'

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

export type StreamState = 'connecting' | 'open' | 'waiting'

const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 10_000

export interface StreamHandlers {
  readonly event: (event: ServerEvent) => void
  readonly state: (state: StreamState) => void
}

/**
 * Follows a stream of server-sent events until the signal, over broken connections, each time from the last event's id
 * on. It is `fetch` and not `EventSource`, which cannot send a token.
 * @param lastId the event after which it begins; without one the API decides.
 * @throws ApiProblem when the API refuses the stream, which another try would not change.
 */
export async function followEvents(
  path: string,
  on: StreamHandlers,
  signal: AbortSignal,
  lastId?: string,
): Promise<void> {
  let waitMs = RETRY_MIN_MS
  while (!signal.aborted) {
    on.state('connecting')
    try {
      const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) }
      const response = await open(path, headers, signal)
      on.state('open')
      for await (const event of eventsOf(response)) {
        waitMs = RETRY_MIN_MS
        lastId = event.id ?? lastId
        on.event(event)
      }
    } catch (error) {
      if (error instanceof ApiProblem && error.status >= 400 && error.status < 500 && error.status !== 429) throw error
    }
    if (signal.aborted) return
    on.state('waiting')
    await pause(waitMs, signal)
    waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)
  }
}

/** Ends with the signal, so that nobody waits for one who has gone. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  if (response.body === null) return
  let left = ''
  // ReadableStream has no async iterator in every browser yet.
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (left + value).replaceAll('\r\n', '\n').split('\n\n')
      left = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parsed(block)
        if (event !== undefined) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** A block of lines; one of comments only, which keeps the connection alive, is no event. */
function parsed(block: string): ServerEvent | undefined {
  let event = 'message'
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(\w+):? ?(.*)$/s.exec(line) ?? []
    if (name === 'event') event = value
    else if (name === 'id') id = value
    else if (name === 'data') data.push(value)
  }
  return data.length === 0 ? undefined : { event, id, data: data.join('\n') }
}
