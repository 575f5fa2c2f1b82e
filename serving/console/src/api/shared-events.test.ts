import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type StreamState } from './events.ts'
import { followShared } from './shared-events.ts'

/** A stream of events over HTTP; what was asked of it, and the connections that are open. */
const stream = { lastIds: [] as unknown[], open: new Set<ServerResponse>(), status: 200 }
const server = createServer((request, response) => {
  stream.lastIds.push(request.headers['last-event-id'])
  response.writeHead(stream.status, {
    'content-type': stream.status === 200 ? 'text/event-stream' : 'application/json',
  })
  if (stream.status !== 200) return void response.end('{"title":"No","detail":"this needs a token"}')
  response.write(': hello\n\n')
  stream.open.add(response)
  response.once('close', () => stream.open.delete(response))
})
const tabs: Tab[] = []

beforeEach(async () => {
  vi.stubGlobal('sessionStorage', { getItem: () => null })
  Object.assign(stream, { lastIds: [], status: 200 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

interface Tab {
  readonly ids: (string | undefined)[]
  readonly states: StreamState[]
  readonly ended: Promise<unknown>
  close(): Promise<void>
}

function openTab(as = 'someone'): Tab {
  const stop = new AbortController()
  const tab = { ids: [] as Tab['ids'], states: [] as StreamState[] }
  const { port } = server.address() as AddressInfo
  const on = {
    event: ({ id }: { id: string | undefined }) => void tab.ids.push(id),
    state: (state: StreamState) => void tab.states.push(state),
  }
  const ended = followShared(`http://127.0.0.1:${port}/stream`, as, on, stop.signal).catch((error: unknown) => error)
  const opened = {
    ...tab,
    ended,
    close: async () => {
      stop.abort()
      await ended
    },
  }
  tabs.push(opened)
  return opened
}

const send = (id: string): void => {
  for (const response of stream.open) response.write(`id: ${id}\nevent: alert\ndata: {}\n\n`)
}
const all = (of: readonly Tab[], ids: readonly string[]) =>
  vi.waitFor(() => expect(of.map((tab) => tab.ids)).toEqual(of.map(() => ids)))
const isOpen = (tab: Tab) => vi.waitFor(() => expect(tab.states.at(-1)).toBe('open'))

test('seven tabs share one connection, and each has every event once', async () => {
  const seven = Array.from({ length: 7 }, () => openTab())
  await Promise.all(seven.map(isOpen))
  expect(stream.open.size).toBe(1)
  send('1')
  await all(seven, ['1'])
  // Who comes later is told what has come lately; the others had it.
  const late = openTab()
  await isOpen(late)
  await all([...seven, late], ['1'])
  send('2')
  await all([...seven, late], ['1', '2'])
  expect(stream.lastIds).toEqual([undefined])
})

test('when the tab with the connection goes, another goes on after the last event', async () => {
  const [first, ...others] = [openTab(), openTab(), openTab()]
  await Promise.all([first, ...others].map(isOpen))
  send('1')
  await all([first, ...others], ['1'])
  await first.close()
  await vi.waitFor(() => expect(stream.lastIds).toEqual([undefined, '1']))
  await vi.waitFor(() => expect(stream.open.size).toBe(1))
  send('2')
  await all(others, ['1', '2'])
  expect(first.ids).toEqual(['1'])
})

test('tabs with different tokens share nothing', async () => {
  const pair = [openTab('one'), openTab('another')]
  await Promise.all(pair.map(isOpen))
  expect(stream.open.size).toBe(2)
})

test('a refusal is told to each tab, by the API itself', async () => {
  stream.status = 403
  const ends = await Promise.all([openTab(), openTab(), openTab()].map((tab) => tab.ended))
  expect(ends).toMatchObject(ends.map(() => ({ status: 403, message: 'this needs a token' })))
  expect(stream.lastIds).toHaveLength(3)
})

test('where there are no locks each tab has a connection of its own', async () => {
  vi.stubGlobal('navigator', {})
  const pair = [openTab(), openTab()]
  await Promise.all(pair.map(isOpen))
  expect(stream.open.size).toBe(2)
})
