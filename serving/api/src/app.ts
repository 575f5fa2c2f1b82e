import { randomUUID } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import { type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import underPressure from '@fastify/under-pressure'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { access } from './access/access.ts'
import { serveConsole } from './console/static.ts'
import { type Dependencies } from './dependencies.ts'
import { documentProblems } from './http/problem-responses.ts'
import { answerClientError } from './http/client-errors.ts'
import { answerWithProblems, problemOf, sendProblem } from './http/errors.ts'
import { logResponses } from './http/response-log.ts'
import { collectMethods } from './http/methods.ts'
import { measureRequests } from './http/metrics.ts'
import { documentRoutes, serveDocument } from './http/openapi.ts'
import { Problem, unavailable } from '@fintech-streams/service'
import { secureAnswers } from './http/security-headers.ts'
import { requestValidator } from './http/validation.ts'
import { type Api } from './route.ts'
import { ROUTES } from './routes.ts'

/** Longer than what Node takes, so that a route's own check refuses what is too long for it. */
const PARAMETER_CHARS_MAX = 16 << 10
const RATE_WINDOW_MS = 1_000
/** Callers that the rate limit tells apart; the ones that have been quiet longest are forgotten. */
const RATE_CALLERS_MAX = 10_000
/** A connection on which nothing is sent or received for this long is closed. Event streams send more often. */
const QUIET_CONNECTION_MS = 60_000
const KEEP_ALIVE_MS = 72_000

/**
 * The API, which does not listen yet. It keeps nothing between requests but what `dependencies` hold.
 * @throws when a route does not say who may use it.
 */
export async function buildApp(dependencies: Dependencies): Promise<Api> {
  const { limits, registry, openWithoutTokens } = dependencies
  const logger: FastifyBaseLogger = dependencies.logger
  const app: Api = Fastify({
    loggerInstance: logger,
    genReqId: () => randomUUID(),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    handlerTimeout: limits.handlerMs,
    connectionTimeout: QUIET_CONNECTION_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    // Requests that reach a stopping server over an open connection are still answered.
    return503OnClosing: false,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void sendProblem(problemOf(error), request, reply),
    routerOptions: { maxParamLength: PARAMETER_CHARS_MAX },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(requestValidator())
  app.removeContentTypeParser('text/plain')

  measureRequests(app, registry)
  logResponses(app)
  secureAnswers(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  await refuseUnderPressure(app, dependencies)
  await app.register(access, dependencies)
  await app.register(rateLimit, {
    max: limits.requestsPerSecond,
    timeWindow: RATE_WINDOW_MS,
    cache: RATE_CALLERS_MAX,
    keyGenerator: (request) => request.caller?.name ?? request.ip,
    errorResponseBuilder: (_, { max, after }) =>
      new Problem('too_many_requests', `at most ${max} requests a second: try again in ${after}`),
  })
  answerWithProblems(app, { preValidation: app.rateLimit() })
  documentProblems(app)
  await documentRoutes(app, openWithoutTokens)
  const refuseOtherMethods = collectMethods(app)
  for (const [name, routes] of Object.entries(ROUTES)) {
    await app.register(async (scope: Api) => routes(scope, dependencies), { name })
  }
  refuseOtherMethods()
  await serveDocument(app)
  await serveConsole(app)
  return app
}

async function refuseUnderPressure(app: Api, { limits }: Dependencies): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: limits.eventLoopDelayMs,
    pressureHandler: (request) => {
      // Whoever asks whether the process lives shall hear that it does: a restart would help nobody.
      if (request.routeOptions.url === '/healthz' || request.routeOptions.url === '/readyz') return
      throw unavailable('the server is overloaded')
    },
  })
}
