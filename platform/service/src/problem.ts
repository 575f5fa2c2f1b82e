/** What an API client can tell apart. `type` of the answer is `urn:fintech-streams:problem:<code>`. */
export const PROBLEMS = {
  invalid_request: [400, 'The request is not valid'],
  unauthenticated: [401, 'A valid token is needed'],
  forbidden: [403, 'The token’s roles do not allow this'],
  not_found: [404, 'There is nothing at this address'],
  method_not_allowed: [405, 'This address does not take this method'],
  request_timeout: [408, 'The request took too long'],
  conflict: [409, 'Something else is there already'],
  too_large: [413, 'The request is too large'],
  unsupported_media_type: [415, 'The request’s content type is not supported'],
  unprocessable: [422, 'The request cannot be carried out'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The request’s headers are too large'],
  internal: [500, 'Something went wrong here'],
  unavailable: [503, 'Not available right now'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof PROBLEMS

/** What is wrong with one part of a request. */
export interface FieldProblem {
  /** `/body/amount`, a JSON pointer into the request's parts `body`, `query`, `params` and `headers`. */
  readonly pointer: string
  readonly message: string
}

/** Thrown by a route, answered as problem details. Its message is for the client: it says what to do. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly fields: readonly FieldProblem[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ProblemCode,
    detail: string,
    more: { fields?: readonly FieldProblem[]; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'Problem'
    this.code = code
    this.fields = more.fields ?? []
    this.headers = more.headers ?? {}
  }

  get status(): number {
    return PROBLEMS[this.code][0]
  }
}

/** A part of the platform is down: worth another try. */
export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('unavailable', detail, { headers: { 'retry-after': '1' }, cause })
}

export const statusOf = (code: ProblemCode): number => PROBLEMS[code][0]

/** The code that stands for a status which somebody else, such as the framework, has chosen. */
export function codeOfStatus(status: number): ProblemCode {
  const found = Object.entries(PROBLEMS).find(([, [candidate]]) => candidate === status)?.[0]
  if (found !== undefined) return found as ProblemCode
  return status >= 400 && status < 500 ? 'invalid_request' : 'internal'
}
