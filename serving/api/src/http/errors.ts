import { isDataError } from '@fintech-streams/postgres'
import { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { type Api } from '../route.ts'
import { codeOfStatus, type FieldProblem, Problem, unavailable } from '@fintech-streams/service'
import { PROBLEM_MEDIA_TYPE, problemDetails } from './problem.ts'

/** Makes every error of the API, the framework's own included, problem details. */
export function answerWithProblems(app: Api, limitUnknown: Parameters<Api['setNotFoundHandler']>[0]): void {
  app.setErrorHandler((error: Error, request, reply) => {
    const problem = problemOf(error)
    // What is down says so in the log by itself, once, and not with every request that needs it.
    if (problem.code === 'internal') request.log.error({ err: error }, 'failed')
    return sendProblem(problem, request, reply)
  })
  app.setNotFoundHandler(limitUnknown, (request, reply) =>
    sendProblem(new Problem('not_found', 'there is nothing here: /docs lists what there is'), request, reply),
  )
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type(PROBLEM_MEDIA_TYPE)
    .send(problemDetails(problem, request.id))
}

/** What an error means for the client. Nothing of an unexpected one leaves the process. */
export function problemOf(error: Error): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode, validation, validationContext } = error as FastifyError
  if (validation !== undefined) {
    const part = partOf(validationContext)
    const fields = validation.map(({ instancePath, message, params }): FieldProblem => {
      const { missingProperty, additionalProperty } = params as Record<string, string | undefined>
      const name = missingProperty ?? additionalProperty
      return { pointer: `/${part}${instancePath}${name === undefined ? '' : `/${name}`}`, message: message ?? '' }
    })
    const detail = fields.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')
    return new Problem('invalid_request', detail, { fields, cause: error })
  }
  // Whatever Postgres is given here comes from the request: a time before its first year, a cursor that somebody made.
  if (isDataError(error)) return new Problem('invalid_request', error.message, { cause: error })
  if (code === 'FST_ERR_HANDLER_TIMEOUT') return unavailable('this took too long and was given up', error)
  if (statusCode === undefined || statusCode >= 500) {
    return new Problem('internal', 'an unexpected error, which is in the log under this request’s id', { cause: error })
  }
  return new Problem(codeOfStatus(statusCode), error.message, { cause: error })
}

function partOf(context: string | undefined): string {
  return context === 'querystring' ? 'query' : (context ?? 'body')
}
