import { type IncomingMessage, type ServerResponse } from 'node:http'
import helmet from 'helmet'
import { type Api } from '../route.ts'

/** Gives every answer the headers that helmet sets. They are the same for all, so they are made once. */
export function secureAnswers(app: Api): void {
  const headers = securityHeaders()
  app.addHook('onRequest', async (_, reply) => {
    reply.headers(headers)
  })
}

function securityHeaders(): Record<string, string> {
  const headers: Record<string, string> = {}
  const answer = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  }
  const secure = helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } })
  secure({} as IncomingMessage, answer as unknown as ServerResponse, () => undefined)
  return headers
}
