import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { type Api } from '../route.ts'

const DESCRIPTION = `What the streams know, as it is now: each answer says \`as_of\` when. Money is a decimal string, time is
ISO-8601 in UTC. Errors are problem details (RFC 9457). Requests carry \`Authorization: Bearer <token>\`; the local demo,
as long as no token was made for it, lets everybody do everything, and \`/healthz\` says so.`

/** The OpenAPI document, made of the routes' own schemas. Before the routes. */
export async function documentRoutes(app: Api, openWithoutTokens: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'fintech-streams', version: '1', description: DESCRIPTION },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: openWithoutTokens ? [{ token: [] }, {}] : [{ token: [] }],
    },
    refResolver: { buildLocalReference: (json, _, __, i) => (typeof json.$id === 'string' ? json.$id : `def-${i}`) },
  })
}

/** The document as a page at `/docs` and as JSON at `/docs/json`, for everybody to read. */
export async function serveDocument(app: Api): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' }
    })
    await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  })
}
