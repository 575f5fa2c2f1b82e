import type { ProblemDetails } from '@fintech-streams/api/schema'
import type { Static } from 'typebox'

type Details = Static<typeof ProblemDetails>

/** An answer of the API that is not a success, or no answer at all. Its message is for people. */
export class ApiProblem extends Error {
  /** 0 when there was no answer. */
  readonly status: number
  readonly title: string
  readonly errors: NonNullable<Details['errors']>

  constructor(status: number, title: string, detail: string, errors: NonNullable<Details['errors']> = []) {
    super(detail)
    this.name = 'ApiProblem'
    this.status = status
    this.title = title
    this.errors = errors
  }
}

/** The problem in a response that is not a success. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => undefined)
  if (isDetails(body)) return new ApiProblem(response.status, body.title, body.detail, body.errors)
  return new ApiProblem(response.status, response.statusText, `the API answered ${response.status} without a reason`)
}

const isDetails = (body: unknown): body is Details =>
  typeof body === 'object' && body !== null && 'title' in body && 'detail' in body
