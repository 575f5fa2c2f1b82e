import { type Api } from '../route.ts'
import { type PipelineView, Pipeline } from '@fintech-streams/monitor'

/** How the platform does, part by part. */
export function pipelineRoutes(app: Api, { pipeline }: { readonly pipeline: PipelineView }): void {
  app.addHook('onClose', () => pipeline.close())
  app.get(
    '/v1/pipeline',
    {
      config: { access: ['viewer', 'ops', 'operations'] },
      schema: {
        summary: 'Jobs, connectors, processes, what flows between them, and what is wrong',
        description:
          'Sampled every two seconds while somebody asks, and every ten otherwise. A part that does not answer within 3 s ' +
          'is reported as down, with the reason. Rates are of the last ten seconds, latency and checkpoints of the last ' +
          'minute; null only until the API has taken its second sample.',
        tags: ['pipeline'],
        response: { 200: Pipeline },
      },
    },
    async (_, reply) => {
      reply.header('cache-control', 'no-store')
      return pipeline.read()
    },
  )
}
