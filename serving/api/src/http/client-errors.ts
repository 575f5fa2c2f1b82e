import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { type Socket } from 'node:net'
import { Problem } from '@fintech-streams/service'
import { PROBLEM_MEDIA_TYPE, problemDetails } from './problem.ts'

/** Requests that Node cannot read never reach a route: a problem is written to their connection, which ends. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOfClientError(error.code)
  const body = JSON.stringify(problemDetails(problem, randomUUID()))
  const { status } = problem
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `content-type: ${PROBLEM_MEDIA_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

function problemOfClientError(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', 'address and headers have at most 16 KiB together')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout', 'the request did not come in time')
    default:
      return new Problem('invalid_request', 'this is no HTTP request')
  }
}
