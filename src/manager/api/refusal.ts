/** Errors as the API tells them: the same shape as at the edge, and never a stack. */
import * as z from 'zod'
import { catalogue, type ErrorCode, type ExitName, Fault } from '#core/errors.ts'
import { databaseFault } from '../database/pool.ts'

const statuses: Record<ExitName, number> = {
  ok: 200,
  failed: 500,
  usage: 400,
  policy: 422,
  environment: 503,
  unavailable: 503,
  busy: 429,
  refused: 403,
}
const special: Partial<Record<ErrorCode, number>> = {
  'not-found': 404,
  unauthenticated: 401,
  conflict: 409,
  'request-slow': 408,
}

export const statusOf = ({ code }: Fault): number => special[code] ?? statuses[catalogue[code].exit]

const Carried = z.object({ statusCode: z.int().min(400).max(499), message: z.string() })

/** What was thrown, as the fault that is told, and its HTTP status. */
export const told = (error: unknown): { readonly fault: Fault; readonly status: number } => {
  const fault = error instanceof Fault ? error : databaseFault(error)
  if (fault !== undefined) return { fault, status: statusOf(fault) }
  // What Fastify refuses by itself: no JSON, too long, another media type.
  const refused = Carried.safeParse(error)
  if (refused.success) {
    const { statusCode, message } = refused.data
    const code = statusCode === 404 ? 'not-found' : 'request-malformed'
    return { fault: new Fault(code, message.split('\n')[0]!.slice(0, 200)), status: statusCode }
  }
  return { fault: new Fault('internal', 'Something unexpected happened; the log of the manager has it.'), status: 500 }
}

export const problems = (error: z.ZodError): string[] =>
  error.issues.slice(0, 20).map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))

const parserFaults: Record<string, readonly [status: string, fault: Fault]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    new Fault('request-malformed', 'The headers are longer than 16 kB.'),
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', new Fault('request-slow', 'The request took too long to arrive.')],
}
const malformed = ['400 Bad Request', new Fault('request-malformed', 'This is not HTTP/1.1 as it should be.')] as const

/** A whole answer to what never became a request. */
export const parserAnswer = (code: string): string => {
  const [status, fault] = parserFaults[code] ?? malformed
  const body = `${JSON.stringify({ error: fault })}\n`
  const head = [`HTTP/1.1 ${status}`, 'content-type: application/json; charset=utf-8', 'connection: close']
  return [...head, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}
