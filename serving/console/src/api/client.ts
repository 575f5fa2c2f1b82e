import { ApiProblem, problemOf } from './problem.ts'
import { currentToken, tokenRefused } from './token.ts'

/** Values of the query part of an address; those that are undefined are left out, a list is repeated. */
export type QueryPart = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/**
 * What the API answers to a GET. `T` is the `Static` type of the route's response schema.
 * @throws ApiProblem
 */
export const get = async <T>(path: string, query: QueryPart = {}, signal?: AbortSignal): Promise<T> =>
  answerOf<T>(await open(addressOf(path, query), {}, signal))

/** What the API answers to a POST with a JSON body. @throws ApiProblem */
export const post = async <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  answerOf<T>(await open(path, { 'content-type': 'application/json' }, signal, JSON.stringify(body)))

/** An answer whose body is still to be read; to a POST where there is a body. @throws ApiProblem when it is no success */
export async function open(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
  body?: string,
): Promise<Response> {
  const token = currentToken()
  const response = await fetch(address, {
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { method: 'POST', body }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw new ApiProblem(0, 'No answer', 'The API cannot be reached. It may be starting or stopped.')
  })
  if (response.ok) return response
  if (response.status === 401) tokenRefused()
  throw await problemOf(response)
}

function addressOf(path: string, query: QueryPart): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) parameters.append(name, String(one))
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}

const answerOf = async <T>(response: Response): Promise<T> =>
  (response.status === 204 ? undefined : await response.json()) as T
