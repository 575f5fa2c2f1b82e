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
