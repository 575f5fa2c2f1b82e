import { Type, type Static } from 'typebox'
import { Problem, type ProblemCode, PROBLEMS } from '@fintech-streams/service'

/**
 * Errors as RFC 9457 problem details: the one shape of every answer that is not a success, with the media type
 * `application/problem+json`.
 */

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

export const ProblemDetails = Type.Object(
  {
    type: Type.String({ description: 'Names the kind of problem: `urn:fintech-streams:problem:<code>`' }),
    title: Type.String({ description: 'The same for every problem of this type' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What is wrong this time, and what to do' }),
    instance: Type.String({ description: 'The id of the request, as it is in the log' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON pointer into `body`, `query`, `params` or `headers`' }),
          message: Type.String(),
        }),
      ),
    ),
  },
  { $id: 'Problem', title: 'Problem', description: 'Problem details (RFC 9457)' },
)

/** The answer's body. */
export function problemDetails(problem: Problem, requestId: string): Static<typeof ProblemDetails> {
  const [status, title] = PROBLEMS[problem.code]
  return {
    type: `urn:fintech-streams:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: `urn:fintech-streams:request:${requestId}`,
    ...(problem.fields.length === 0 ? {} : { errors: [...problem.fields] }),
  }
}

/** A response of this status in a route's schema. */
export function problemResponse(code: ProblemCode, description: string = PROBLEMS[code][1]) {
  return { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: Type.Ref('Problem#') } } }
}
