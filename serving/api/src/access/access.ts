import { isIP } from 'node:net'
import { type FastifyRequest, type RouteOptions } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { Problem, unavailable } from '@fintech-streams/service'
import { type Caller, isAllowed, type RouteAccess } from './roles.ts'
import { findToken, type TokenEntry } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined without a valid token; then only public routes answer. */
    caller: Caller | undefined
  }
  interface FastifyContextConfig {
    /** Every route says who may use it; one that does not is refused at start. */
    access?: RouteAccess
  }
}

export interface AccessOptions {
  /** Undefined as long as the tokens could not be read. */
  readonly tokens: () => ReadonlyMap<string, TokenEntry> | undefined
  /** Whether everybody may do everything as long as no token was ever made: for the demo on one machine. */
  readonly openWithoutTokens: boolean
}

/** Whoever the demo lets in without a token. */
const ANYBODY: Caller = { name: 'anybody', roles: ['admin'] }

/** Whether everybody is let in at present. */
export function isOpen({ tokens, openWithoutTokens }: AccessOptions): boolean {
  return openWithoutTokens && tokens()?.size === 0
}

/**
 * Finds out who sends a request, and refuses it before its body is read unless its route is for that caller. Between the
 * two the rate limit counts, so that guessing tokens is limited as well.
 */
export const access = fastifyPlugin<AccessOptions>(async (app, options) => {
  app.decorateRequest('caller', undefined)
  const declared: RouteOptions[] = []
  app.addHook('onRoute', (route) => void declared.push(route))
  app.addHook('onReady', async () => {
    const open = declared.find(({ config }) => config?.access === undefined)
    if (open !== undefined) throw new Error(`${String(open.method)} ${open.url} does not say who may use it`)
  })
  app.addHook('onRequest', async (request) => {
    request.caller = callerOf(request, options)
  })
  app.addHook('preParsing', async (request) => {
    const { access: allowed } = request.routeOptions.config
    if (request.is404 || allowed === 'public') return
    if (request.caller === undefined) throw unauthenticated(request, options)
    if (allowed === undefined || !isAllowed(allowed, request.caller.roles)) {
      const needed = allowed === undefined ? 'admin' : allowed.join(', ')
      throw new Problem('forbidden', `this needs a token with one of the roles ${needed}`)
    }
  })
})

function callerOf(request: FastifyRequest, options: AccessOptions): Caller | undefined {
  const text = bearerOf(request)
  if (text === undefined) return isOpen(options) && isLocalName(request.hostname) ? ANYBODY : undefined
  const entry = findToken(options.tokens() ?? new Map(), text, Date.now())
  return entry === undefined ? undefined : { name: entry.name, roles: entry.roles }
}

function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization === undefined ? undefined : (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '')
}

/**
 * A page of the internet can make a browser ask this machine under a name of its own (DNS rebinding), but not under an
 * address or a name without a dot.
 */
function isLocalName(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.')
}

function unauthenticated(request: FastifyRequest, options: AccessOptions): Problem {
  const known = options.tokens()
  if (known === undefined) return unavailable('tokens cannot be checked: their source has not been read yet')
  const detail =
    bearerOf(request) !== undefined
      ? 'the token is unknown, expired or revoked'
      : known.size === 0
        ? 'there are no tokens yet: an operator makes one with npx fintech serving token create'
        : 'send the header Authorization: Bearer <token>'
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } })
}
