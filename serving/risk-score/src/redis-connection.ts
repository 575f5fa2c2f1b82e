import { type Logger, readPem, type redisSettings, UsageError, type Values } from '@fintech-streams/service'
import { createClient } from 'redis'

const CONNECT_WITHIN_MS = 2_000
/** Redis is sent a command at least ten times a second; without a response for this long it counts as down. */
const SILENT_MAX_MS = 2_000
const RETRY_MAX_MS = 1_000
const COMMANDS_MAX = 10_000

/** Where Redis is, and whose signature on its certificate is trusted. */
export interface RedisAddress {
  readonly url: string
  /** Certificates in PEM; without them those that Node knows. */
  readonly ca?: string
}

/**
 * The address that a program's settings describe; undefined without one.
 * @throws UsageError for a URL that is none of Redis, or a CA without TLS.
 */
export function redisAddress({ redisUrl, redisSslCa }: Values<typeof redisSettings>): RedisAddress | undefined {
  const protocol = redisUrl === undefined ? undefined : URL.parse(redisUrl)?.protocol
  if (redisUrl !== undefined && protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new UsageError('REDIS_URL is no URL of Redis: expected redis://host:port, or rediss://host:port for TLS')
  }
  if (redisSslCa !== undefined && protocol !== 'rediss:')
    throw new UsageError('REDIS_SSL_CA needs a REDIS_URL with rediss://')
  if (redisUrl === undefined) return undefined
  return {
    url: redisUrl,
    ...(redisSslCa === undefined ? {} : { ca: readPem('REDIS_SSL_CA', redisSslCa, 'CERTIFICATE') }),
  }
}

export type RedisConnection = ReturnType<typeof redisConnection>

/**
 * A connection that is made again whenever it is lost. While it is, commands fail at once instead of waiting.
 * `connect()` it; that resolves when Redis answers for the first time.
 */
export function redisConnection({ url, ca }: RedisAddress, logger: Logger) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: COMMANDS_MAX,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: SILENT_MAX_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 10), RETRY_MAX_MS),
      ...(ca === undefined ? {} : { tls: true, ca }),
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
