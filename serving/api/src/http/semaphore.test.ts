import { expect, test } from 'vitest'
import { Semaphore } from './semaphore.ts'

/** Work that ends when it is told to. */
function held(): { work: () => Promise<string>; end: () => void; fail: () => void; started: () => boolean } {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let isStarted = false
  return {
    work: () => {
      isStarted = true
      return promise
    },
    end: () => resolve('done'),
    fail: () => reject(new Error('failed')),
    started: () => isStarted,
  }
}

test('runs up to its limit, the others in order when one ends or fails, and refuses more than may wait', async () => {
  const semaphore = new Semaphore(2, 2)
  const works = Array.from({ length: 5 }, held)
  const taken = works.slice(0, 4).map(({ work }) => semaphore.run(work))
  await expect(semaphore.run(works[4]!.work)).rejects.toMatchObject({ code: 'unavailable' })
  expect(works.map(({ started }) => started())).toEqual([true, true, false, false, false])
  works[1]!.fail()
  await expect(taken[1]).rejects.toThrow('failed')
  expect(works.map(({ started }) => started())).toEqual([true, true, true, false, false])
  works[0]!.end()
  works[2]!.end()
  await taken[2]
  works[3]!.end()
  expect(await Promise.all([taken[0], taken[2], taken[3]])).toEqual(['done', 'done', 'done'])
  // All semaphore are back.
  const again = works.slice(0, 2).map(({ work }) => semaphore.run(work).catch(() => 'failed'))
  expect(await Promise.all(again)).toEqual(['done', 'failed'])
})

test('a place is kept until the signal, also by one who waited for it', async () => {
  const semaphore = new Semaphore(1, 2)
  const [first, second, third] = Array.from({ length: 3 }, () => new AbortController())
  await semaphore.hold(first!.signal)
  const seen: string[] = []
  const others = [second!, third!].map(({ signal }, at) => semaphore.hold(signal).then(() => seen.push(`${at}`)))
  expect(seen).toEqual([])
  first!.abort()
  await others[0]
  expect(seen).toEqual(['0'])
  second!.abort()
  await others[1]
  third!.abort()
  expect(await semaphore.run(async () => 'free')).toBe('free')
})

test('those who give up while they wait leave no place behind, and no gap in the queue', async () => {
  const semaphore = new Semaphore(1, 2)
  const [holding, gone, patient, late] = Array.from({ length: 4 }, () => new AbortController())
  await semaphore.hold(holding!.signal)
  const givenUp = semaphore.hold(gone!.signal)
  const waiting = semaphore.hold(patient!.signal)
  gone!.abort()
  await expect(givenUp).rejects.toMatchObject({ code: 'unavailable' })
  const last = semaphore.hold(late!.signal)
  // Whoever holds the place and whoever is next end in one go.
  patient!.signal.addEventListener('abort', () => holding!.abort())
  patient!.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
  await last
  late!.abort()
  await expect(semaphore.hold(AbortSignal.abort())).rejects.toMatchObject({ code: 'unavailable' })
  expect(await semaphore.run(async () => 'free')).toBe('free')
})
