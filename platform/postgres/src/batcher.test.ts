import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Batcher, type BatcherLimits } from './batcher.ts'

/** Odd and even numbers have a key each; a batch ends when the test lets it. */
function held(limits: BatcherLimits) {
  const running: { requests: readonly number[]; respond: () => void; fail: (error: Error) => void }[] = []
  const batcher = new Batcher<number, string>(
    limits,
    (n) => (n % 2 === 0 ? 'even' : 'odd'),
    (requests) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>()
      running.push({ requests, respond: () => resolve(requests.map(String)), fail: reject })
      return promise
    },
  )
  return { batcher, running, batches: () => running.map(({ requests }) => requests) }
}

test('requests of one turn are one batch, those that come while all run are the next ones, in order', async () => {
  const { batcher, running, batches } = held({ concurrency: 2, batchSizeMax: 3, queueMax: 20 })
  const responses = [batcher.request(1), batcher.request(3)]
  expect(running).toEqual([])
  await turn()
  responses.push(batcher.request(5))
  await turn()
  expect(batches()).toEqual([[1, 3], [5]])
  responses.push(...[7, 9, 11, 13].map((n) => batcher.request(n)))
  await turn()
  expect(batches()).toEqual([[1, 3], [5]])
  running[0]!.respond()
  await turn()
  expect(batches().slice(2)).toEqual([[7, 9, 11]])
  running[1]!.respond()
  await turn()
  expect(batches().slice(3)).toEqual([[13]])
  for (const { respond } of running) respond()
  expect(await Promise.all(responses)).toEqual(['1', '3', '5', '7', '9', '11', '13'])
})

test('keys do not wait for each other', async () => {
  const { batcher, running, batches } = held({ concurrency: 1, batchSizeMax: 10, queueMax: 10 })
  const odd = batcher.request(1)
  await turn()
  const even = [2, 4].map((n) => batcher.request(n))
  await turn()
  expect(batches()).toEqual([[1], [2, 4]])
  running[1]!.respond()
  expect(await Promise.all(even)).toEqual(['2', '4'])
  running[0]!.respond()
  expect(await odd).toBe('1')
})

test('an error rejects the requests of its batch, and the next batch runs', async () => {
  const { batcher, running } = held({ concurrency: 1, batchSizeMax: 10, queueMax: 10 })
  const first = batcher.request(1)
  await turn()
  const others = [3, 5].map((n) => batcher.request(n))
  running[0]!.fail(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await turn()
  running[1]!.respond()
  expect(await Promise.all(others)).toEqual(['3', '5'])
})

test('more than `queueMax` are refused, whatever their key, until a batch has started', async () => {
  const { batcher, running } = held({ concurrency: 1, batchSizeMax: 10, queueMax: 2 })
  const responses = [batcher.request(1), batcher.request(2)]
  await expect(batcher.request(3)).rejects.toMatchObject({ code: 'unavailable' })
  await turn()
  responses.push(batcher.request(3))
  running[0]!.respond()
  running[1]!.respond()
  await turn()
  running[2]!.respond()
  expect(await Promise.all(responses)).toEqual(['1', '2', '3'])
})
