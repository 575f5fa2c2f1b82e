import { type Api } from '../route.ts'
import { type ProblemCode, statusOf } from '@fintech-streams/service'
import { ProblemDetails, problemResponse } from './problem.ts'

const ANY_ROUTE: readonly ProblemCode[] = [
  'invalid_request',
  'request_timeout',
  'too_many_requests',
  'headers_too_large',
  'internal',
  'unavailable',
]

/** Adds to every route's schema the problems that any route may respond with, so that the OpenAPI document lists every response. */
export function documentProblems(app: Api): void {
  app.addSchema(ProblemDetails)
  app.addHook('onRoute', (route) => {
    const { schema, config } = route
    if (schema === undefined || schema.hide === true) return
    const codes = [...ANY_ROUTE]
    if (config?.access !== 'public') codes.push('unauthenticated', 'forbidden')
    if (schema.body !== undefined) codes.push('too_large', 'unsupported_media_type')
    const added = Object.fromEntries(codes.map((code) => [statusOf(code), problemResponse(code)]))
    const own = (schema.response ?? {}) as Record<string, unknown>
    route.schema = {
      ...schema,
      ...(config?.access === 'public' ? { security: [] } : { 'x-roles': ['admin', ...(config?.access ?? [])] }),
      response: { ...added, ...own },
    }
  })
}
