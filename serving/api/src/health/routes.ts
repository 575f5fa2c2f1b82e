import { Type } from 'typebox'
import { isOpen } from '../access/access.ts'
import { type Routes } from '../route.ts'

const Check = Type.Object({ ready: Type.Boolean(), detail: Type.String() })
const Readiness = Type.Object({ status: Type.String(), checks: Type.Record(Type.String(), Check) })

/** Whether the process is alive, whether it does its work, and what it has counted. */
export const healthRoutes: Routes = (app, dependencies) => {
  const { checks, draining, registry } = dependencies

  app.get(
    '/healthz',
    {
      config: { access: 'public', rateLimit: false },
      schema: {
        summary: 'Whether the process is alive',
        tags: ['health'],
        response: {
          200: Type.Object({
            status: Type.Literal('alive'),
            access: Type.Union([Type.Literal('tokens'), Type.Literal('open')], {
              description: '`open`: without tokens everybody may do everything, as in the local demo',
            }),
          }),
        },
      },
    },
    async () => ({ status: 'alive' as const, access: isOpen(dependencies) ? ('open' as const) : ('tokens' as const) }),
  )

  app.get(
    '/readyz',
    {
      config: { access: 'public', rateLimit: false },
      schema: {
        summary: 'Whether everything that the API needs is there, and its views are up to date',
        tags: ['health'],
        response: {
          200: Readiness,
          503: { description: 'Not ready; the checks say why', content: { 'application/json': { schema: Readiness } } },
        },
      },
    },
    async (_, reply) => {
      const states = Object.fromEntries(checks.map(({ name, state }) => [name, state()]))
      const status = draining.aborted
        ? 'stopping'
        : Object.values(states).every(({ ready }) => ready)
          ? 'ready'
          : 'not ready'
      reply.code(status === 'ready' ? 200 : 503).header('cache-control', 'no-store')
      return { status, checks: states }
    },
  )

  app.get(
    '/metrics',
    {
      config: { access: ['ops', 'viewer'] },
      schema: {
        summary: 'Metrics for Prometheus',
        tags: ['health'],
        response: {
          200: { description: 'Text exposition format', content: { 'text/plain': { schema: Type.String() } } },
        },
      },
    },
    async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  )
}
