import { createServer } from 'node:http'
import { type Registry } from 'prom-client'
import { lastLoggedError } from './log.ts'
import { OperatingError } from './errors.ts'

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/** Response body of `GET /status`. */
export interface ProcessStatus {
  readonly ready: boolean
  /** Why it is not. */
  readonly not_ready: string | null
  /** ISO-8601. */
  readonly started_at: string
  readonly last_error: { readonly at: string; readonly message: string } | null
}

const STARTED_AT = new Date(Date.now() - process.uptime() * 1_000).toISOString()

/** This process's status. */
export function ownStatus(ready: boolean, notReady?: string): ProcessStatus {
  const error = lastLoggedError()
  const lastError = error === undefined ? null : { at: new Date(error.atMs).toISOString(), message: error.message }
  return { ready, not_ready: ready ? null : (notReady ?? 'not ready'), started_at: STARTED_AT, last_error: lastError }
}

/**
 * Serves `/metrics` for Prometheus, `/healthz` (the process answers), `/readyz` (200, or 503 with the reason) and `/status` on a
 * port; on port 0 nothing.
 * @throws OperatingError when the port is in use.
 */
export async function startMetricsServer(options: {
  port: number
  /** The environment variable that moves the port, named in the error when it is taken. */
  portVariable: string
  registry: Registry
  isReady: () => boolean
  /** Why it is not, where the process can say. */
  notReady?: () => string | undefined
}): Promise<MetricsServer | undefined> {
  if (options.port === 0) return undefined
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body)
    }
    if (request.url === '/metrics') {
      options.registry.metrics().then(
        (body) => answer(200, options.registry.contentType, body),
        (error: unknown) => answer(500, 'text/plain', String(error)),
      )
    } else if (request.url === '/healthz') {
      answer(200, 'text/plain', 'alive\n')
    } else if (request.url === '/readyz') {
      const ready = options.isReady()
      answer(ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : `${options.notReady?.() ?? 'not ready'}\n`)
    } else if (request.url === '/status') {
      answer(200, 'application/json', JSON.stringify(ownStatus(options.isReady(), options.notReady?.())))
    } else {
      answer(404, 'text/plain', 'here are /metrics, /healthz, /readyz and /status\n')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new OperatingError(
              'port_in_use',
              `port ${options.port} is in use: set ${options.portVariable} to a free one`,
            )
          : error,
      )
    })
    server.listen(options.port, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
