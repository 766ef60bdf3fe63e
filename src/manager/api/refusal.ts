/** Errors as the API tells them: the same shape as at the edge, and never a stack. */
import type { Duplex } from 'node:stream'
import * as z from 'zod'
import { catalogue, type ErrorCode, type ExitName, Fault } from '#core/errors.ts'
import { idPattern } from '#core/id.ts'
import { withoutSecrets } from '#core/secrets.ts'
import { expectation } from '#policy/mismatch.ts'
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

/** An error as the log has it: PostgreSQL puts whole rows beside its sentence (`detail`, `where`), and rows hold hashes and keys. */
export const loggedError = (error: Error & { readonly code?: unknown }) => ({
  type: error.name,
  message: withoutSecrets(error.message),
  stack: withoutSecrets(error.stack ?? ''),
  ...(typeof error.code === 'string' && { code: error.code }),
})

type Issue = z.core.$ZodIssue

const formats: Readonly<Record<string, string>> = {
  [String(idPattern)]: 'an id such as 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  cidrv4: 'a network such as 198.18.1.0/24',
  cidrv6: 'a network such as fd00:198:18::/48',
  datetime: 'a time such as 2026-11-21T08:00:00Z',
  date: 'a day such as 2026-11-21',
}

const wanted = (issue: Issue): string => {
  if (issue.code === 'invalid_union') return [...new Set(issue.errors.flat().map(wanted))].join(', or ')
  const format = issue.code === 'invalid_format' ? (formats[issue.pattern ?? ''] ?? formats[issue.format]) : undefined
  return format ?? expectation(issue)
}

/** What a schema says of its own accord; what we wrote into it is a sentence already. */
const isOfSchema = (message: string): boolean => /^(Invalid|Too (small|big)|Unrecognized)/.test(message)

const whatIsWrong = (issue: Issue): string => {
  if (!isOfSchema(issue.message)) return issue.message
  if (issue.code === 'unrecognized_keys') return `it takes no ${issue.keys.slice(0, 10).join(', ')}`
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  return missing ? 'it is missing' : `it takes ${wanted(issue)}`
}

export const problems = (error: z.ZodError): string[] =>
  error.issues.slice(0, 20).map((issue) => {
    const what = whatIsWrong(issue)
    return issue.path.length === 0 ? what : `${issue.path.join('.')}: ${what}`
  })

const parserFaults: Record<string, readonly [status: string, fault: Fault]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    new Fault('request-malformed', 'The headers are longer than 16 kB.'),
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', new Fault('request-slow', 'The request took too long to arrive.')],
}
const malformed = ['400 Bad Request', new Fault('request-malformed', 'This is not HTTP/1.1 as it should be.')] as const

/** A whole answer to what never became a request. */
const parserAnswer = (code: string): string => {
  const [status, fault] = parserFaults[code] ?? malformed
  const body = `${JSON.stringify({ error: fault })}\n`
  const head = [`HTTP/1.1 ${status}`, 'content-type: application/json; charset=utf-8', 'connection: close']
  return [...head, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}

/** ms for a refusal to arrive, and for the other side to close. */
const partingMs = 1000

/**
 * Answers what was no request, and lets go of the connection, whether the other side closes it or not: one that neither reads nor closes
 * would hold its place among the connections without end, for nothing.
 */
export const refuseParser = (socket: Duplex, code: string): void => {
  socket.end(parserAnswer(code))
  const late = setTimeout(() => socket.destroy(), partingMs).unref()
  socket.once('close', () => clearTimeout(late))
}
