import { followEvents, type ServerEvent, type StreamHandlers, type StreamState } from './events.ts'

/** What the tab that has the connection tells the others, and what a tab asks that has just come. */
type Message = { readonly event: ServerEvent } | { readonly state: StreamState } | { readonly ask: true }

/** Events that are said again to a tab that comes: more than happens until they are in the lists that it reads. */
const RECENT_MAX = 100

/**
 * Follows a stream of server-sent events over one connection for all tabs of the browser that follow it: a browser gives
 * a host six connections, and a seventh tab would wait for ever. The tab that holds the stream's lock has the connection
 * and tells the others what comes; when it ends, the next one goes on after the last event. An event with an id comes once.
 *
 * Locks are only there where the page is trusted (https, localhost): elsewhere each tab has a connection of its own.
 * @param as who follows: only tabs with the same token share.
 * @throws ApiProblem when the API refuses the stream; then the next tab asks for itself.
 */
export async function followShared(path: string, as: string, on: StreamHandlers, signal: AbortSignal): Promise<void> {
  if (!('locks' in navigator)) return followEvents(path, on, signal)
  const name = `${path} ${as}`
  const channel = new BroadcastChannel(name)
  const say = (message: Message): void => channel.postMessage(message)
  const recent: ServerEvent[] = []
  let state: StreamState | undefined
  let isLeading = false
  const took = (event: ServerEvent): void => {
    if (event.id !== undefined) {
      if (recent.some(({ id }) => id === event.id)) return
      recent.splice(0, recent.push(event) - RECENT_MAX)
    }
    on.event(event)
  }
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if ('event' in data) took(data.event)
    else if ('state' in data) on.state(data.state)
    else if (isLeading && state !== undefined) {
      say({ state })
      for (const event of recent) say({ event })
    }
  }
  const leading: StreamHandlers = {
    event: (event) => {
      took(event)
      say({ event })
    },
    state: (now) => {
      state = now
      on.state(now)
      say({ state })
    },
  }
  say({ ask: true })
  try {
    await navigator.locks.request(name, { signal }, async () => {
      isLeading = true
      await followEvents(path, leading, signal, recent.at(-1)?.id)
    })
  } catch (error) {
    // The lock is no longer waited for.
    if (!signal.aborted) throw error
  } finally {
    channel.close()
  }
}
