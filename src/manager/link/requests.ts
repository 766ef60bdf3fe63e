/** The two requests beside the stream: enrolment and renewal. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { EnrolRequest, RenewRequest } from '#schema/link-enrolment.ts'
import { problems, told } from '../api/refusal.ts'
import type { Manager } from '../context.ts'
import { enrol } from '../fleet/enrol.ts'
import { renew } from '../fleet/renew.ts'
import type { Admission } from './admission.ts'
import { linkPaths } from './paths.ts'

const bodyLimit = 8192
/** Seconds */
const busyWait = 2

export interface Refuse {
  (fault: Fault, status: number, path: string, from: string): void
}

/** Not by iteration: leaving an iteration early ends the connection before a refusal is told. */
const read = (request: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    request.on('data', (part: Buffer) => {
      length += part.length
      if (length <= bodyLimit) parts.push(part)
      else reject(new Fault('request-malformed', `The request is longer than ${bodyLimit} bytes.`))
    })
    request.once('end', () => resolve(Buffer.concat(parts).toString('utf8')))
    request.once('error', () => reject(new Fault('request-slow', 'The request did not arrive whole.')))
  })

const parse = <T>(schema: z.ZodType<T>, text: string): T => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Fault('request-malformed', 'The request is no JSON.')
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    throw new Fault('request-malformed', 'The request is not what it should be.', { details: problems(parsed.error) })
  return parsed.data
}

/** Reads all of the request. @returns what is to be done about it */
const understood = async (manager: Manager, request: IncomingMessage, path: string): Promise<() => Promise<object>> => {
  const known = linkPaths.find((one) => one.path === path && one.method === request.method)
  if (known === undefined) throw new Fault('not-found', 'The link knows no such path.')
  if (known.path === '/link/v1/enrol') {
    const body = parse(EnrolRequest, await read(request))
    return () => enrol(manager, body)
  }
  if (known.path === '/link/v1/renew') {
    const { site, edge, ...renewal } = parse(RenewRequest, await read(request))
    return () => renew(manager, { site, edge }, renewal)
  }
  throw new Fault('request-malformed', 'The link is a WebSocket; this is none.')
}

/** Answers one request and ends its connection: nothing of them comes twice. */
export const answer = async (
  manager: Manager,
  begun: Admission,
  request: IncomingMessage,
  response: ServerResponse,
  refused: Refuse,
): Promise<void> => {
  const path = request.url ?? ''
  const send = (status: number, body: object, wait?: number): void => {
    if (wait !== undefined) response.setHeader('retry-after', wait)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' })
    response.end(`${JSON.stringify(body)}\n`)
  }
  let wait: number | undefined
  let entered = false
  try {
    const work = await understood(manager, request, path)
    // Not before: who sends slowly must not hold the place of an edge.
    wait = begun.enter()
    entered = wait === undefined
    if (wait !== undefined)
      throw new Fault('too-many-requests', 'There are too many edges at once.', {
        advice: `Wait ${wait} s, then try again.`,
      })
    send(200, await work())
  } catch (error) {
    const { fault, status } = told(error)
    refused(fault, status, path, request.socket.remoteAddress ?? 'local')
    if (!response.headersSent) send(status, { error: fault.toJSON() }, status === 429 ? (wait ?? busyWait) : undefined)
  } finally {
    if (entered) begun.leave()
  }
}
