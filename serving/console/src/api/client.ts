import { ApiProblem, problemOf } from './problem.ts'
import { currentToken, tokenRefused } from './token.ts'

/** Values of the query part of an address; those that are undefined are left out, a list is repeated. */
export type QueryPart = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/**
 * What the API answers to a GET. `T` is the `Static` type of the route's response schema.
 * @throws ApiProblem
 */
export async function get<T>(path: string, query: QueryPart = {}, signal?: AbortSignal): Promise<T> {
  return answered<T>(await send('GET', addressOf(path, query), undefined, signal))
}

/** What the API answers to a POST with a JSON body. @throws ApiProblem */
export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return answered<T>(await send('POST', path, JSON.stringify(body), signal))
}

/** An answer whose body is still to be read. @throws ApiProblem when it is no success */
export async function open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  return send('GET', path, undefined, signal, headers)
}

export function addressOf(path: string, query: QueryPart): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) parameters.append(name, String(one))
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}

async function answered<T>(response: Response): Promise<T> {
  return (response.status === 204 ? undefined : await response.json()) as T
}

async function send(
  method: string,
  address: string,
  body: string | undefined,
  signal: AbortSignal | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  const token = currentToken()
  const response = await fetch(address, {
    method,
    headers: {
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw new ApiProblem(0, 'No answer', 'The API cannot be reached. It may be starting or stopped.')
  })
  if (response.ok) return response
  if (response.status === 401) tokenRefused()
  throw await problemOf(response)
}
