import { createLogger } from '@fintech-streams/service'
import { expect, test } from 'vitest'
import { Sessions } from './sessions.ts'

const logger = createLogger('test')
logger.level = 'silent'

test('a session that fails is followed by another, until one ends by itself', async () => {
  const failures: unknown[] = []
  const sessions = new Sessions({ logger, onFailure: (error) => failures.push(error) })
  const seen: boolean[] = []
  let started = 0
  await sessions.run(async (working) => {
    started += 1
    seen.push(sessions.isWorking)
    if (started === 2) working()
    seen.push(sessions.isWorking)
    if (started < 3) throw new Error(String(started))
  }, new AbortController().signal)
  expect(failures).toEqual([new Error('1'), new Error('2')])
  expect(seen).toEqual([false, false, false, true, false, false])
  expect(sessions.isWorking).toBe(false)
})

test('the signal ends them, also in a pause', async () => {
  const stop = new AbortController()
  const sessions = new Sessions({ logger, onFailure: () => stop.abort() })
  let started = 0
  await sessions.run(() => Promise.reject(new Error(String((started += 1)))), stop.signal)
  expect(started).toBe(1)
})

test('what the handler of failures throws ends them', async () => {
  const sessions = new Sessions({
    logger,
    onFailure: () => {
      throw new Error('refused')
    },
  })
  const running = sessions.run(() => Promise.reject(new Error('gone')), new AbortController().signal)
  await expect(running).rejects.toThrow('refused')
})
