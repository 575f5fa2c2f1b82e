import { type Api } from '../route.ts'

/**
 * Logs one line per response: reads that succeed at level `debug`, everything else at `info`. Errors have a line of their
 * own with the same `reqId`, which the client has as `x-request-id`.
 */
export function logResponses(app: Api): void {
  app.addHook('onResponse', async ({ log, method, routeOptions, raw, caller }, reply) => {
    const isRead = method === 'GET' || method === 'HEAD'
    const level = isRead && reply.statusCode < 400 ? 'debug' : 'info'
    log[level](
      {
        caller: caller?.name,
        method,
        route: routeOptions.url,
        url: raw.url?.slice(0, 200),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'answered',
    )
  })
}
