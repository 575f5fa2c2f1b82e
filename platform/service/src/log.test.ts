import { expect, test } from 'vitest'
import { createLogger, lastLoggedError } from './log.ts'
import { ownStatus } from './metrics-server.ts'

test('a process tells its newest warning or error in one line, and no information', () => {
  const logger = createLogger('test')
  expect(ownStatus(true).last_error).toBeNull()
  logger.info('all is well')
  expect(lastLoggedError()).toBeUndefined()
  logger.warn({ err: new Error('no broker\nat line 1') }, 'cannot read, trying again')
  expect(lastLoggedError()?.message).toBe('cannot read, trying again: no broker')
  logger.child({ part: 1 }).error(new Error('gone'), 'ends')
  logger.info('goes on')
  expect(ownStatus(false)).toMatchObject({ ready: false, last_error: { message: 'ends: gone' } })
})
