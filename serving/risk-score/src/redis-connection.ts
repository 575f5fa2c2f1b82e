import { type Logger } from '@fintech-streams/service'
import { createClient } from 'redis'

const CONNECT_WITHIN_MS = 2_000
/** Something is asked at least ten times a second: a Redis that is silent for so long is gone. */
const SILENT_MAX_MS = 2_000
const RETRY_MAX_MS = 1_000
const COMMANDS_MAX = 10_000

export type RedisConnection = ReturnType<typeof redisConnection>

/**
 * A connection that is made again whenever it is lost. While it is, commands fail at once instead of waiting.
 * `connect()` it; that resolves when Redis answers for the first time.
 */
export function redisConnection(url: string, logger: Logger) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: COMMANDS_MAX,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: SILENT_MAX_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 10), RETRY_MAX_MS),
    },
  })
  let isFailing = false
  client.on('error', (error: Error) => {
    if (!isFailing) logger.warn({ err: error }, 'no Redis, trying again')
    isFailing = true
  })
  client.on('ready', () => {
    if (isFailing) logger.info('Redis is back')
    isFailing = false
  })
  return client
}
