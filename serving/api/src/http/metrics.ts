import { Counter, Histogram, type Registry } from 'prom-client'
import { type Api } from '../route.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The metrics of answers, by route and never by address, whose number has no bound. */
export function requestMetrics(registry: Registry) {
  const registers = [registry]
  return {
    seconds: new Histogram({
      name: 'serving_request_duration_seconds',
      help: 'From a request’s arrival to the last byte of its answer',
      labelNames: ['method', 'route'],
      buckets: SECONDS,
      registers,
    }),
    answers: new Counter({
      name: 'serving_answers_total',
      help: 'Answers by status',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
  }
}

/** Counts and times every answer. */
export function measureRequests(app: Api, registry: Registry): void {
  const { seconds, answers } = requestMetrics(registry)
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? 'unknown'
    seconds.observe({ method, route }, reply.elapsedTime / 1_000)
    answers.inc({ method, route, status: reply.statusCode })
  })
}
