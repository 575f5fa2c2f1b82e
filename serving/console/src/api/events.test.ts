import { afterEach, expect, test, vi } from 'vitest'
import { followEvents, type ServerEvent, type StreamState } from './events.ts'

afterEach(() => vi.unstubAllGlobals())

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const streamOf = (...chunks: Uint8Array[]): Response => new Response(new Blob(chunks as BlobPart[]).stream())

/** Answers one after the other, as the network would give them. */
function answering(...answers: (() => Response)[]): Headers[] {
  const asked: Headers[] = []
  vi.stubGlobal('sessionStorage', { getItem: () => 'fs_1_secret' })
  vi.stubGlobal('fetch', async (_: string, init: { headers: HeadersInit }) => {
    asked.push(new Headers(init.headers))
    const answer = answers.shift()
    if (answer === undefined) throw new TypeError('network')
    return answer()
  })
  return asked
}

test('events are read whatever the pieces that they come in, and again from the last one on', async () => {
  const text =
    ': hello\n\nid: 1\nevent: alert\ndata: {"a":\ndata: "é"}\n\ndata: plain\r\n\r\nid: 7\ndata: last\n\nid: 8\ndata: cut'
  const whole = bytes(text)
  // Within the two bytes of a character.
  const cut = whole.indexOf(0xc3) + 1
  const asked = answering(
    () => streamOf(whole.slice(0, 9), whole.slice(9, cut), whole.slice(cut)),
    () => streamOf(bytes('data: again\n\n')),
  )
  const stop = new AbortController()
  const events: ServerEvent[] = []
  const states: StreamState[] = []
  await followEvents(
    '/v1/alerts/stream',
    {
      event: (event) => {
        events.push(event)
        if (event.data === 'again') stop.abort()
      },
      state: (state) => void states.push(state),
    },
    stop.signal,
  )
  expect(events).toEqual([
    { event: 'alert', id: '1', data: '{"a":\n"é"}' },
    { event: 'message', id: undefined, data: 'plain' },
    { event: 'message', id: '7', data: 'last' },
    { event: 'message', id: undefined, data: 'again' },
  ])
  expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
  expect(asked.map((headers) => headers.get('last-event-id'))).toEqual([null, '7'])
  expect(asked[0]?.get('authorization')).toBe('Bearer fs_1_secret')
})

test('a refusal ends it, since another try would be refused as well', async () => {
  const details = { title: 'No', detail: 'this needs a token', status: 403 }
  answering(() => new Response(JSON.stringify(details), { status: 403 }))
  const on = { event: () => undefined, state: () => undefined }
  await expect(followEvents('/v1/alerts/stream', on, new AbortController().signal)).rejects.toMatchObject({
    status: 403,
    message: 'this needs a token',
  })
})
