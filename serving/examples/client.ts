/**
 * A client of the API in a page: it records a transfer, safely whatever happens to the answer, and asks what came of it.
 *
 * API=http://localhost:8081 TOKEN=fs_… node serving/examples/client.ts CUSTOMER_ID ACCOUNT_ID TO_ACCOUNT_ID AMOUNT CURRENCY
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const API = process.env['API'] ?? 'http://localhost:8081'
const TOKEN = process.env['TOKEN']
const ATTEMPTS_MAX = 8
const ATTEMPT_MS = 15_000

/** What every error of the API looks like (RFC 9457). */
interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** Names the request in the API's log. */
  readonly instance: string
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[]
}

export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail} (${problem.instance})`)
    this.name = 'ApiError'
    this.problem = problem
  }
}

/**
 * Sends a request again while that can help: no connection, no answer in time, 429 and 503. A transaction has its id from
 * the sender, so one that was recorded before its answer was lost is not recorded twice.
 * @throws ApiError for any other answer that is not a success.
 */
export async function request<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(method, path, body).catch((error: unknown) => {
      if (attempt === ATTEMPTS_MAX) throw error
      return undefined
    })
    if (response?.ok === true) return (await response.json()) as T
    const canRetry = response === undefined || response.status === 429 || response.status === 503
    if (!canRetry || attempt === ATTEMPTS_MAX) throw new ApiError((await response!.json()) as Problem)
    const seconds = Number(response?.headers.get('retry-after') ?? 0)
    await sleep(Math.max(seconds * 1_000, 100 * 2 ** attempt * Math.random()))
  }
}

async function send(method: string, path: string, body: unknown): Promise<Response> {
  return fetch(API + path, {
    method,
    headers: {
      ...(TOKEN === undefined ? {} : { authorization: `Bearer ${TOKEN}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ATTEMPT_MS),
  })
}

const [customerId, accountId, toAccountId, amount, currency] = process.argv.slice(2)
if (currency === undefined) {
  process.stderr.write('client: needs CUSTOMER_ID ACCOUNT_ID TO_ACCOUNT_ID AMOUNT CURRENCY\n')
  process.exitCode = 2
} else {
  const recorded = await request('POST', '/v1/transactions', {
    transaction_id: randomUUID(),
    customer_id: customerId,
    account_id: accountId,
    to_account_id: toAccountId,
    transaction_type: 'TRANSFER',
    amount,
    currency,
  })
  const score = await request('GET', `/v1/users/${customerId}/risk-score`)
  const senders = await request('GET', `/v1/accounts/${toAccountId}/top-senders?limit=5&order_by=amount`)
  process.stdout.write(`${JSON.stringify({ recorded, score, senders }, undefined, 2)}\n`)
}
