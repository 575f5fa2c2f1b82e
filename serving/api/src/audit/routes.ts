import { type RouteAccess } from '../access/roles.ts'
import { type Routes } from '../route.ts'
import { chaosAnswer } from './chaos.ts'
import { ChaosResponse, ConservationResponse } from './schema.ts'

const access: RouteAccess = ['viewer', 'ops']
const tags = ['audit']

/** Whether anything was lost, counted twice or changed: on this system now, and in the last chaos run. */
export const auditRoutes: Routes = (app, { conservation, chaosReportFile }) => {
  app.get(
    '/v1/audit/conservation',
    {
      config: { access },
      schema: {
        summary: 'What was written to Postgres against what came out of the streams',
        description: 'Answers what is known at once; if that is old, another audit begins.',
        tags,
        response: { 200: ConservationResponse },
      },
    },
    async (_, reply) => {
      reply.header('cache-control', 'no-store')
      return conservation.answer()
    },
  )

  app.get(
    '/v1/audit/chaos',
    {
      config: { access },
      schema: {
        summary: 'The last chaos run on this machine',
        tags,
        response: { 200: ChaosResponse },
      },
    },
    async () => chaosAnswer(chaosReportFile),
  )
}
